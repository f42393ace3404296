import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Bytes from "../../src/domain/Bytes.ts"
import { OURS, text } from "../../src/domain/Dialect.ts"
import { texts } from "../suites/Arbitraries.ts"

describe("a text field", () => {
  it.prop("is spelled in the dialect, and read in either", { given: texts }, ({ given }) => {
    const spellings = { str: given, bin: Bytes.fromText(given) }
    for (const dialect of ["str", "bin"] as const) {
      deepStrictEqual(Schema.encodeSync(text(dialect))(given), spellings[dialect])
      expect(Schema.decodeSync(text(dialect))(spellings.str)).toBe(given)
      expect(Schema.decodeSync(text(dialect))(spellings.bin)).toBe(given)
    }
  })

  it.each([null, 7, true, ["a"], {}])("is nothing else: %j", (wrong) => {
    expect(Result.isFailure(Schema.decodeUnknownResult(text(OURS))(wrong))).toBe(true)
  })
})
