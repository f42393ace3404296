/**
 * MessagePack, to and from {@link Value}, without loss: 64-bit integers stay exact, maps may have keys
 * of any kind, extensions keep their type and bytes.
 *
 * The library `@msgpack/msgpack` does the work; around it stand a scan of what comes from outside,
 * and the two things that it can't say: integers between 2^32 and 2^53 given as `number`, and maps
 * with keys that are no strings.
 *
 * @since 0.1.0
 */
import { Decoder, Encoder, ExtData } from "@msgpack/msgpack"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Bytes from "./Bytes.ts"
import { VALUE_DEPTH_MAX, VALUE_WEIGHT_MAX } from "./Limits.ts"
import * as Scan from "./MessagePackScan.ts"
import {
  Extension,
  isInteger64,
  isKeyedMap,
  isList,
  isPlainObject,
  isRecord,
  type Value
} from "./Value.ts"

/** A value that MessagePack can't say; `path` leads to the part that is wrong. */
export class ValueEncodeError extends Schema.TaggedError<ValueEncodeError>()("ValueEncodeError", {
  path: Schema.Array(Schema.String),
  reason: Schema.String
}) {
  override get message() {
    return `can't encode ${["value", ...this.path].join(".")}: ${this.reason}`
  }
}

/** Bytes that are not one whole MessagePack value within the limits. */
export class ValueDecodeError extends Schema.TaggedError<ValueDecodeError>()("ValueDecodeError", {
  reason: Schema.String
}) {
  override get message() {
    return `malformed MessagePack: ${this.reason}`
  }
}

const extensions = {
  tryToEncode: (value: unknown): ExtData | null =>
    value instanceof Extension ? new ExtData(value.type, value.data) : null,
  // A copy, since the decoder hands out a view of the frame.
  decode: (data: Uint8Array, type: number) => new Extension(type, data.slice())
}

const encoder = new Encoder({
  extensionCodec: extensions,
  useBigInt64: true,
  maxDepth: VALUE_DEPTH_MAX + 2
})

/**
 * Thrown inside this file only, where a recursion has to be left at once; it never escapes, each
 * entry point turns it into a value.
 */
class Unencodable {
  readonly path: Array<string> = []
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** Values of this kind the library can't encode: those with a map whose keys aren't all strings. */
let foundKeyedMap = false

/** Adds a step to the path of what was thrown below. */
const at = (key: string, error: unknown): unknown => {
  if (error instanceof Unencodable) error.path.unshift(key)
  return error
}

const inside = (key: string, value: unknown, depth: number): Value => {
  try {
    return prepare(value, depth)
  } catch (error) {
    throw at(key, error)
  }
}

/** A str must be UTF-8, which has no lone surrogates: the library would write them all the same. */
const text = (value: string): string => {
  if (!value.isWellFormed()) {
    throw new Unencodable(`${JSON.stringify(value.slice(0, 64))} has a lone surrogate`)
  }
  return value
}

/** The part of a path that a map's key stands for. No `String` of an object: it may have no text. */
const nameOf = (key: unknown): string => (typeof key === "object" ? "entry" : String(key))

/** The key that every careful decoder refuses, and with it the whole message. */
const refuseProto = (key: unknown): void => {
  if (key === "__proto__") throw new Unencodable("decoders refuse the key __proto__")
}

const classOf = (value: object): string =>
  typeof value.constructor === "function" ? value.constructor.name : "a class"

/** A list with its elements prepared; holes are `undefined`, and refused as such. */
const prepareList = (list: ReadonlyArray<unknown>, depth: number): Value => {
  const out: Array<Value> = []
  let i = 0
  try {
    for (; i < list.length; i++) out.push(prepare(list[i], depth))
  } catch (error) {
    throw at(String(i), error)
  }
  return out
}

/** The value as the library has to see it: checked, and with large integers as `bigint`. */
const prepare = (value: unknown, depth: number): Value => {
  switch (typeof value) {
    case "string":
      return text(value)
    case "boolean":
      return value
    case "number":
      return Number.isSafeInteger(value) && (value > 0xffff_ffff || value < -0x8000_0000)
        ? BigInt(value)
        : value
    case "bigint":
      if (!isInteger64(value)) throw new Unencodable("an integer beyond 64 bits")
      return value >= -0x8000_0000n && value <= 0xffff_ffffn ? Number(value) : value
    case "object":
      return value === null ? null : prepareObject(value, depth)
    default:
      throw new Unencodable(`MessagePack has no ${typeof value}`)
  }
}

const prepareObject = (value: object, depth: number): Value => {
  if (value instanceof Uint8Array || value instanceof Extension) return value
  if (depth >= VALUE_DEPTH_MAX) throw new Unencodable(`nested deeper than ${VALUE_DEPTH_MAX}`)
  if (Array.isArray(value)) {
    return prepareList(value, depth + 1)
  }
  if (value instanceof Map) {
    const entries: Array<[Value, Value]> = []
    let textual = true
    for (const [key, item] of value) {
      refuseProto(key)
      textual &&= typeof key === "string"
      entries.push([inside("key", key, depth + 1), inside(nameOf(key), item, depth + 1)])
    }
    foundKeyedMap ||= !textual
    return textual ? Object.fromEntries(entries) : new Map(entries)
  }
  if (!isPlainObject(value)) {
    throw new Unencodable(`an instance of ${classOf(value)} is no MessagePack value`)
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      refuseProto(key)
      return [text(key), inside(key, item, depth + 1)]
    })
  )
}

/** The header of an array of `count` elements. */
const arrayHeader = (count: number): Uint8Array =>
  count < 16
    ? Uint8Array.of(0x90 | count)
    : count < 0x1_0000
      ? Uint8Array.of(0xdc, count >>> 8, count)
      : Uint8Array.of(0xdd, count >>> 24, count >>> 16, count >>> 8, count)

/** The header of a map of `count` pairs. */
const mapHeader = (count: number): Uint8Array =>
  count < 16
    ? Uint8Array.of(0x80 | count)
    : count < 0x1_0000
      ? Uint8Array.of(0xde, count >>> 8, count)
      : Uint8Array.of(0xdf, count >>> 24, count >>> 16, count >>> 8, count)

/** Writes containers by hand and leaves to the library: only for values with keyed maps. */
const encodeKeyed = (value: Value, out: Array<Uint8Array>): void => {
  if (isList(value)) {
    out.push(arrayHeader(value.length))
    for (const item of value) encodeKeyed(item, out)
  } else if (isKeyedMap(value) || isRecord(value)) {
    const entries = isKeyedMap(value) ? [...value] : Object.entries(value)
    out.push(mapHeader(entries.length))
    for (const [key, item] of entries) {
      encodeKeyed(key, out)
      encodeKeyed(item, out)
    }
  } else {
    out.push(encoder.encode(value))
  }
}

/** What is encoded, unless no peer would decode it. Few bytes can't hold too many values. */
const bounded = (bytes: Uint8Array): Result.Result<Uint8Array, ValueEncodeError> => {
  const fault = bytes.length < VALUE_WEIGHT_MAX / 8 ? undefined : Scan.scan(bytes, 0, 1)
  return fault === undefined
    ? Result.succeed(bytes)
    : Result.fail(new ValueEncodeError({ path: [], reason: fault }))
}

/**
 * Encodes a value, each part in its shortest form (minus zero is zero).
 *
 * Fails with `ValueEncodeError` on what MessagePack can't say (`undefined`, functions, instances of
 * classes, integers beyond 64 bits, lone surrogates) and on nesting beyond `VALUE_DEPTH_MAX`.
 */
export const encode = (value: unknown): Result.Result<Uint8Array, ValueEncodeError> => {
  try {
    foundKeyedMap = false
    const prepared = prepare(value, 0)
    if (!foundKeyedMap) return bounded(Bytes.copy(encoder.encodeSharedRef(prepared)))
    const parts: Array<Uint8Array> = []
    encodeKeyed(prepared, parts)
    return bounded(Bytes.concat(parts))
  } catch (error) {
    return Result.fail(
      error instanceof Unencodable
        ? new ValueEncodeError({ path: error.path, reason: error.reason })
        : new ValueEncodeError({ path: [], reason: String(error) })
    )
  }
}

/** Map keys are numbered in the library's objects, and put back by {@link restore}. */
let keys: Array<Value> = []

const decoder = new Decoder({
  extensionCodec: extensions,
  useBigInt64: true,
  mapKeyConverter: (key: unknown) => {
    keys.push(restore(key))
    return `k${keys.length - 1}`
  }
})

const restore = (value: unknown): Value => {
  if (typeof value === "bigint") {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value
  }
  if (Array.isArray(value)) return value.map(restore)
  if (typeof value === "object" && value !== null && isPlainObject(value)) {
    const entries = Object.entries(value).map(([key, item]): [Value, Value] => [
      keys[Number(key.slice(1))] ?? null,
      restore(item)
    ])
    return entries.every(([key]) => typeof key === "string" && key !== "__proto__")
      ? Object.fromEntries(entries)
      : new Map(entries)
  }
  return decodedValue(value)
}

/**
 * Sound without a look inside: after the scan, all that the decoder can make, but for containers and
 * integers (see {@link restore}), is a case of `Value`.
 */
const isDecoded = (value: unknown): value is Value => value !== undefined

const decodedValue = (value: unknown): Value => (isDecoded(value) ? value : null)

/** What a decoded value takes in memory, about, in bytes. */
const VALUE_BYTES = 32

/** What the value that was decoded last takes in memory beside its texts and bytes, about, in bytes. */
export const decodedBytes = (): number => Scan.weight * VALUE_BYTES

/**
 * Decodes exactly one value that fills all of `bytes`.
 *
 * Fails with `ValueDecodeError` where the bytes are truncated, too deep, followed by more, or have the
 * key `__proto__` (which no JavaScript decoder should let in).
 */
export const decode = (bytes: Uint8Array): Result.Result<Value, ValueDecodeError> => {
  const fault = Scan.scan(bytes, 0, 1)
  if (fault !== undefined) return Result.fail(new ValueDecodeError({ reason: fault }))
  if (Scan.end !== bytes.length) {
    return Result.fail(
      new ValueDecodeError({ reason: `${bytes.length - Scan.end} bytes too many` })
    )
  }
  const rich = Scan.rich
  try {
    keys = []
    const decoded = decoder.decode(bytes)
    return Result.succeed(rich ? restore(decoded) : decodedValue(decoded))
  } catch (error) {
    return Result.fail(new ValueDecodeError({ reason: String(error) }))
  } finally {
    keys = []
  }
}
