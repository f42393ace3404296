/**
 * Generators of what the protocol carries, for properties.
 *
 * They make canonical values only, those that come back from the wire as they went; what is spelled
 * otherwise (a `Map` whose keys are all strings, a small `bigint`) has tables of its own.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { Extension, type Value } from "../../src/domain/Value.ts"

/** A value before it is built: what `effect/Arbitrary` can derive, and shrink. */
type Shape =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | { readonly extension: number; readonly data: Uint8Array }
  | { readonly list: ReadonlyArray<Shape> }
  | { readonly map: ReadonlyArray<readonly [Shape, Shape]> }

const Shape: Schema.Codec<Shape> = Schema.Union([
  Schema.Null,
  Schema.Boolean,
  Schema.Number,
  Schema.Int,
  Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -(2n ** 63n), maximum: 2n ** 64n - 1n })),
  Schema.String,
  Schema.Uint8Array,
  Schema.Struct({
    extension: Schema.Int.check(Schema.isBetween({ minimum: -128, maximum: 127 })),
    data: Schema.Uint8Array
  }),
  Schema.Struct({ list: Schema.Array(Schema.suspend(() => Shape)) }),
  Schema.Struct({
    map: Schema.Array(
      Schema.Tuple([Schema.suspend(() => Shape), Schema.suspend(() => Shape)])
    ).check(Schema.isMaxLength(8))
  })
])

/** UTF-8 has no lone surrogates; and no decoder of ours lets the key `__proto__` in. */
const toText = (text: string): string => (text === "__proto__" ? "proto" : text.toWellFormed())

const toValue = (shape: Shape): Value => {
  switch (typeof shape) {
    case "number":
      // MessagePack's integers have one zero.
      return Object.is(shape, -0) ? 0 : shape
    case "bigint":
      return Number.isSafeInteger(Number(shape)) ? Number(shape) : shape
    case "string":
      return toText(shape)
    case "boolean":
      return shape
    case "object": {
      if (shape === null || shape instanceof Uint8Array) return shape
      if ("extension" in shape) return new Extension(shape.extension, shape.data)
      if ("list" in shape) return shape.list.map(toValue)
      return toMap(shape.map.map(([key, value]) => [toValue(key), toValue(value)]))
    }
  }
}

const toMap = (entries: ReadonlyArray<readonly [Value, Value]>): Value => {
  const record: { [key: string]: Value } = {}
  for (const [key, value] of entries) {
    if (typeof key !== "string") return new Map(entries)
    record[key] = value
  }
  return record
}

/** Any value that MessagePack can say, in its canonical form. */
export const values: Arbitrary.Arbitrary<Value> = Arbitrary.map(Arbitrary.schema(Shape), toValue)

/** Texts that UTF-8 can say. */
export const texts: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.schema(Schema.String),
  toText
)

/** Byte arrays of a length between two bounds. */
export const bytes = (minLength = 0, maxLength = 64): Arbitrary.Arbitrary<Uint8Array> =>
  Arbitrary.schema(
    Schema.Uint8Array.check(Schema.isMinLength(minLength), Schema.isMaxLength(maxLength))
  )

/** Whole numbers between two bounds, both included. */
export const integers = (minimum: number, maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

/** One of some values. */
export const oneOf = <A>(...all: readonly [A, ...Array<A>]): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(integers(0, all.length - 1), (index) => all[index] ?? all[0])

/** A value of one of some generators. */
export const anyOf = <A>(
  ...all: readonly [Arbitrary.Arbitrary<A>, ...Array<Arbitrary.Arbitrary<A>>]
): Arbitrary.Arbitrary<A> => Arbitrary.flatMap(oneOf(...all), (chosen) => chosen)

/**
 * Options of a property. `size` bounds what has no bound of its own, and each list: generators with
 * longer ones never make them at the default of 10.
 */
export const thorough = (size: number, runs = 100) => ({ arbitrary: { size, runs } })
