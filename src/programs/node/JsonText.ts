/**
 * Text of JSON, read without rounding any integer in silence.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** A text that is no JSON, or whose numbers a double can't hold. */
export class JsonTextError extends Schema.TaggedError<JsonTextError>()("JsonTextError", {
  reason: Schema.String
}) {
  override get message() {
    return `not JSON: ${this.reason}`
  }
}

/** Where no such run of digits is, no integer is beyond a double's 53 bits. */
const LONG_DIGITS = /\d{16}/
const INTEGER = /^-?\d+$/

/** What `JSON.parse` tells a reviver of a number, in engines from 2023 on. */
interface Literal {
  readonly source?: string
}

/**
 * Whether an integer was meant to be the double that it is read as: it is that double exactly, or is
 * spelled as JavaScript spells it.
 */
const isFaithful = (value: number, source: string): boolean =>
  Number.isSafeInteger(value) ||
  !INTEGER.test(source) ||
  String(value) === source ||
  (Number.isFinite(value) && BigInt(source) === BigInt(value))

const parseExact = (text: string): unknown =>
  JSON.parse(text, (_key: string, value: unknown, literal?: Literal): unknown => {
    const source = literal?.source
    if (typeof value === "number" && source !== undefined && !isFaithful(value, source)) {
      // Caught below: a reviver has no other way to stop.
      throw new RangeError(`${source} is no double; write it as {"$int":"${source}"}`)
    }
    return value
  })

/** Reads one value. Fails with `JsonTextError`, also where it is nested beyond what the stack holds. */
export const parse = (text: string): Result.Result<unknown, JsonTextError> => {
  try {
    const value: unknown = LONG_DIGITS.test(text) ? parseExact(text) : JSON.parse(text)
    return Result.succeed(value)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return Result.fail(new JsonTextError({ reason }))
  }
}
