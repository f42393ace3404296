import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { VALUE_DEPTH_MAX } from "../../src/domain/Limits.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import { isValue, Value } from "../../src/domain/Value.ts"
import { values } from "../suites/Arbitraries.ts"
import { nested, unencodable } from "../suites/Values.ts"

describe("Value", () => {
  it.prop("whatever can be encoded is a value", { value: values }, ({ value }) => {
    expect(isValue(value)).toBe(true)
    expect(Result.isSuccess(MessagePack.encode(value))).toBe(true)
  })

  // A text is a value by its type alone: whether it can be written is for the encoder to say.
  it.each(unencodable)(
    "$name: is it a value by its type?",
    ({ isValue: expected = false, value }) => expect(isValue(value)).toBe(expected)
  )

  it("is no deeper than can be encoded", () => {
    expect(isValue(nested(VALUE_DEPTH_MAX))).toBe(true)
    expect(isValue(nested(VALUE_DEPTH_MAX + 1))).toBe(false)
  })

  it("has a schema that says what was expected", () => {
    const issue = Result.flip(Schema.decodeUnknownResult(Schema.Array(Value))([1, undefined]))
    expect(Result.getOrThrow(issue).message).toContain("Expected Value")
    expect(Result.getOrThrow(issue).message).toContain("[1]")
  })
})
