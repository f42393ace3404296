import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Bytes from "../../../src/domain/Bytes.ts"
import * as InputLines from "../../../src/programs/cli/InputLines.ts"
import * as Arbitraries from "../../suites/Arbitraries.ts"

/** All lines of some bytes that come in chunks of a size. */
const split = (bytes: Uint8Array, chunkBytes: number, maxBytes?: number) => {
  const splitter = new InputLines.Splitter(maxBytes)
  const lines: Array<InputLines.Line> = []
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    lines.push(...splitter.push(bytes.subarray(at, at + chunkBytes)))
  }
  return [...lines, ...splitter.end()].map((line) =>
    Result.isSuccess(line) ? line.success : line.failure.reason
  )
}

const texts = Arbitrary.array(
  Arbitrary.map(Arbitraries.texts, (text) => text.replaceAll(/[\r\n\ufeff]/g, "é"))
)

describe("lines", () => {
  it.prop(
    "are the same however their bytes come in chunks",
    [texts, Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })))],
    ([lines, chunkBytes]) => {
      const bytes = Bytes.fromText(lines.map((line) => `${line}\n`).join(""))
      assert.deepStrictEqual(split(bytes, chunkBytes), lines)
    }
  )

  it("end with a line feed, with or without a carriage return, or with the input", () => {
    assert.deepStrictEqual(split(Bytes.fromText("a\r\n\nb\rc"), 100), ["a", "", "b\rc"])
  })

  it.each([1, 3, 100])("that are too long are refused once, in chunks of %i", (chunkBytes) => {
    const bytes = Bytes.fromText(`${"x".repeat(8)}\n${"x".repeat(9)}\n${"x".repeat(50)}\nok\n`)
    const expected = ["x".repeat(8), "TooLong", "TooLong", "ok"]
    assert.deepStrictEqual(split(bytes, chunkBytes, 8), expected)
  })

  it("that are no UTF-8 are refused alone", () => {
    assert.deepStrictEqual(split(Uint8Array.of(0xff, 10, 0x61, 10), 100), ["NotUtf8", "a"])
  })

  it.effect("come from a stream, each stream for itself", () =>
    Effect.gen(function* () {
      const lines = InputLines.lines(Stream.make(Bytes.fromText("a\nb"), Bytes.fromText("c")))
      for (const _ of [1, 2]) {
        assert.deepStrictEqual(yield* Stream.runCollect(lines), [
          Result.succeed("a"),
          Result.succeed("bc")
        ])
      }
    })
  )
})
