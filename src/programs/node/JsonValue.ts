/**
 * {@link Value}s as JSON, and back, without loss.
 *
 * What JSON can't hold is an object of one key, its form: bytes `{"$bytes":"<base64>"}`, integers beyond
 * ±(2^53 - 1) `{"$int":"<digits>"}`, extensions `{"$ext":{"type":n,"data":"<base64>"}}`, the other numbers
 * `{"$float":"NaN"}` (`"Infinity"`, `"-Infinity"`, `"-0"`), and maps whose keys aren't all strings, or that
 * would look like one of these forms, `{"$map":[[key,value],…]}`.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Base64 from "effect/encoding/Base64"
import { VALUE_DEPTH_MAX } from "../../domain/Limits.ts"
import { Extension, isInteger64, isKeyedMap, isList, type Value } from "../../domain/Value.ts"

/** A JSON value that stands for no {@link Value}, or the other way round; `path` leads to it. */
export class JsonValueError extends Schema.TaggedError<JsonValueError>()("JsonValueError", {
  path: Schema.Array(Schema.String),
  reason: Schema.String
}) {
  override get message() {
    return `${["payload", ...this.path].join(".")}: ${this.reason}`
  }
}

const FORMS = ["$bytes", "$int", "$ext", "$float", "$map"] as const
type Form = (typeof FORMS)[number]

const formOf = (keys: ReadonlyArray<string>): Form | undefined =>
  keys.length === 1 ? FORMS.find((form) => form === keys[0]) : undefined

const FLOATS: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0]
])

/** Longer ones are beyond 64 bits, whatever their digits. */
const INTEGER = /^-?\d{1,20}$/

/** One walk through a value: where it is, and the first fault that it met. */
class Walk {
  private readonly path: Array<string> = []
  fault: JsonValueError | undefined

  /** Goes on with nothing: the fault is what counts. */
  fail(reason: string): null {
    this.fault ??= new JsonValueError({ path: [...this.path], reason })
    return null
  }

  into<A>(key: string, step: () => A): A {
    this.path.push(key)
    const result = step()
    this.path.pop()
    return result
  }

  /** Whether containers may still nest at this depth; a fault where not. */
  enter(depth: number): boolean {
    if (depth < VALUE_DEPTH_MAX) return true
    this.fail(`nested deeper than ${VALUE_DEPTH_MAX}`)
    return false
  }

  result<A>(value: A): Result.Result<A, JsonValueError> {
    return this.fault === undefined ? Result.succeed(value) : Result.fail(this.fault)
  }
}

const toNumber = (value: number): Schema.Json => {
  if (Object.is(value, -0)) return { $float: "-0" }
  return Number.isFinite(value) ? value : { $float: String(value) }
}

const toInteger = (value: bigint): Schema.Json => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : { $int: String(value) }
}

const toJson = (walk: Walk, value: Value, depth: number): Schema.Json => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  if (typeof value === "number") return toNumber(value)
  if (typeof value === "bigint") return toInteger(value)
  if (value instanceof Uint8Array) return { $bytes: Base64.encode(value) }
  if (value instanceof Extension) {
    return { $ext: { type: value.type, data: Base64.encode(value.data) } }
  }
  if (!walk.enter(depth)) return null
  const part = (key: string, item: Value) => walk.into(key, () => toJson(walk, item, depth + 1))
  if (isList(value)) return value.map((item, i) => part(String(i), item))
  const entries = isKeyedMap(value) ? [...value] : Object.entries(value)
  if (isKeyedMap(value) || formOf(Object.keys(value)) !== undefined) {
    return { $map: entries.map(([key, item], i) => [part(`key ${i}`, key), part(`${i}`, item)]) }
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, part(String(key), item)]))
}

const fromForm = (walk: Walk, form: Form, inner: unknown, depth: number): Value => {
  switch (form) {
    case "$bytes":
      return fromBase64(walk, inner)
    case "$int": {
      if (typeof inner !== "string" || !INTEGER.test(inner)) return walk.fail("expected digits")
      const value = BigInt(inner)
      if (!isInteger64(value)) return walk.fail(`${inner} is beyond 64 bits`)
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : value
    }
    case "$float":
      return FLOATS.get(inner) ?? walk.fail(`expected one of ${[...FLOATS.keys()].join(", ")}`)
    case "$ext": {
      const hasType = Predicate.hasProperty(inner, "type") && Number.isInteger(inner.type)
      const type = hasType ? Number(inner.type) : Number.NaN
      if (!(type >= -128 && type <= 127)) return walk.fail("expected a type from -128 to 127")
      const data = Predicate.hasProperty(inner, "data") ? inner.data : undefined
      return new Extension(
        type,
        walk.into("data", () => fromBase64(walk, data)) ?? new Uint8Array()
      )
    }
    case "$map":
      return fromPairs(walk, inner, depth)
  }
}

const fromBase64 = (walk: Walk, text: unknown): Uint8Array | null => {
  if (typeof text !== "string") return walk.fail("expected text in base64")
  const bytes = Base64.decode(text)
  return Result.isSuccess(bytes) ? bytes.success : walk.fail(`no base64: ${bytes.failure.message}`)
}

const fromPairs = (walk: Walk, pairs: unknown, depth: number): Value => {
  if (!Array.isArray(pairs)) return walk.fail("expected a list of [key, value]")
  if (!walk.enter(depth)) return null
  const part = (key: string, item: unknown) => walk.into(key, () => fromJson(walk, item, depth + 1))
  const entries = pairs.map((pair: unknown, i): [Value, Value] =>
    Array.isArray(pair) && pair.length === 2
      ? [part(`key ${i}`, pair[0]), part(`${i}`, pair[1])]
      : [null, walk.into(String(i), () => walk.fail("expected [key, value]"))]
  )
  const map = new Map(entries)
  if (map.size !== entries.length) return walk.fail("a key comes twice")
  return entries.every(([key]) => typeof key === "string") ? toRecord(walk, entries) : map
}

const toRecord = (walk: Walk, entries: ReadonlyArray<readonly [Value, Value]>): Value => {
  // Every JavaScript peer refuses the whole message for it.
  if (entries.some(([key]) => key === "__proto__")) return walk.fail("no key may be __proto__")
  return Object.fromEntries(entries.map(([key, value]) => [String(key), value]))
}

const fromJson = (walk: Walk, json: unknown, depth: number): Value => {
  if (json === null || typeof json === "boolean" || typeof json === "string") return json
  if (typeof json === "number") return json
  if (typeof json !== "object") return walk.fail(`JSON has no ${typeof json}`)
  const part = (key: string, item: unknown) => walk.into(key, () => fromJson(walk, item, depth + 1))
  if (Array.isArray(json)) {
    if (!walk.enter(depth)) return null
    return json.map((item: unknown, i) => part(String(i), item))
  }
  const entries: ReadonlyArray<readonly [string, unknown]> = Object.entries(json)
  const form = formOf(entries.map(([key]) => key))
  if (form !== undefined) {
    return walk.into(form, () => fromForm(walk, form, entries[0]?.[1], depth))
  }
  if (!walk.enter(depth)) return null
  return toRecord(
    walk,
    entries.map(([key, item]) => [key, part(key, item)])
  )
}

/** A payload as JSON. Fails with `JsonValueError` only where it is nested beyond `VALUE_DEPTH_MAX`. */
export const encode = (
  payload: ReadonlyArray<Value>
): Result.Result<ReadonlyArray<Schema.Json>, JsonValueError> => {
  const walk = new Walk()
  return walk.result(payload.map((value, i) => walk.into(String(i), () => toJson(walk, value, 1))))
}

/**
 * The payload that JSON stands for. Fails with `JsonValueError` on a form of a wrong content, and on
 * nesting beyond `VALUE_DEPTH_MAX`.
 */
export const decode = (
  json: ReadonlyArray<unknown>
): Result.Result<ReadonlyArray<Value>, JsonValueError> => {
  const walk = new Walk()
  return walk.result(json.map((value, i) => walk.into(String(i), () => fromJson(walk, value, 1))))
}
