/**
 * The values that a message can carry: what MessagePack can say.
 *
 * Integers are exact: those beyond ±2^53 are `bigint`, all others `number`. A map whose keys are all
 * strings is a plain object, any other a `Map`. An extension keeps its type and bytes.
 *
 * Source: the MessagePack specification, "Type system".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { VALUE_DEPTH_MAX } from "./Limits.ts"

/** A MessagePack extension: an application-defined type (-128 to 127) and its bytes. */
export class Extension {
  readonly type: number
  readonly data: Uint8Array
  constructor(type: number, data: Uint8Array) {
    this.type = type
    this.data = data
  }
}

/** Any value that MessagePack can say. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Extension
  | ReadonlyArray<Value>
  | ReadonlyMap<Value, Value>
  | { readonly [key: string]: Value }

const INT64_MIN = -(2n ** 63n)
const UINT64_MAX = 2n ** 64n - 1n

/** Whether an integer fits MessagePack's widest integers (-2^63 to 2^64 - 1). */
export const isInteger64 = (value: bigint): boolean => value >= INT64_MIN && value <= UINT64_MAX

/** Whether an object is a plain one (a literal, or without a prototype), and so a map. */
export const isPlainObject = (value: object): value is { readonly [key: string]: unknown } => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Whether anything at all is a {@link Value}, all the way down, and no deeper than one may nest. */
export const isValue = (u: unknown): u is Value => isValueAt(u, 0)

/** The depth also ends the walk of what contains itself. */
const isValueAt = (u: unknown, depth: number): boolean => {
  switch (typeof u) {
    case "string":
    case "boolean":
    case "number":
      return true
    case "bigint":
      return isInteger64(u)
    case "object": {
      if (u === null || u instanceof Uint8Array || u instanceof Extension) return true
      if (depth >= VALUE_DEPTH_MAX) return false
      if (u instanceof Map) {
        for (const [key, value] of u) {
          if (!isValueAt(key, depth + 1) || !isValueAt(value, depth + 1)) return false
        }
        return true
      }
      if (!Array.isArray(u) && !isPlainObject(u)) return false
      const items: ReadonlyArray<unknown> = Array.isArray(u) ? u : Object.values(u)
      // Not `every`, which leaves out holes.
      for (const item of items) if (!isValueAt(item, depth + 1)) return false
      return true
    }
    default:
      return false
  }
}

/** Whether a value is an array. */
export const isList = (value: Value): value is ReadonlyArray<Value> => Array.isArray(value)

/** Whether a value is a map with keys of any kind. */
export const isKeyedMap = (value: Value): value is ReadonlyMap<Value, Value> => value instanceof Map

/** Whether a value is a map whose keys are strings. */
export const isRecord = (value: Value): value is { readonly [key: string]: Value } =>
  typeof value === "object" && value !== null && isPlainObject(value)

/**
 * Schema of an integer of 64 bits as a `bigint`, whatever its size. MessagePack has one kind of integer, and a
 * small one is read as a `number`: a plain `Schema.BigInt` would refuse it.
 */
export const Int64: Schema.Codec<bigint, number | bigint> = Schema.Union([
  Schema.Int,
  Schema.BigInt
]).pipe(
  Schema.decodeTo(
    Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: INT64_MIN, maximum: UINT64_MAX })),
    SchemaTransformation.transform<bigint, number | bigint>({
      decode: (integer) => BigInt(integer),
      encode: (integer) => integer
    })
  )
)

/** Schema of any {@link Value}. */
export const Value: Schema.declare<Value> = Schema.declare(isValue, {
  identifier: "Value",
  expected: "a MessagePack value"
})
