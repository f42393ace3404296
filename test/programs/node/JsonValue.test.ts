import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import { VALUE_DEPTH_MAX } from "../../../src/domain/Limits.ts"
import { Extension, type Value } from "../../../src/domain/Value.ts"
import * as JsonText from "../../../src/programs/node/JsonText.ts"
import * as JsonValue from "../../../src/programs/node/JsonValue.ts"
import * as Arbitraries from "../../suites/Arbitraries.ts"

/** Through the very text that crosses a pipe. */
const throughText = (payload: ReadonlyArray<Value>) =>
  JsonValue.encode(payload).pipe(
    Result.flatMap((json) => JsonText.parse(JSON.stringify(json))),
    Result.flatMap((json) => JsonValue.decode(Array.isArray(json) ? json : []))
  )

const nested = (depth: number): Value => (depth === 0 ? 1 : [nested(depth - 1)])

const message = (json: ReadonlyArray<unknown>): string =>
  Result.match(JsonValue.decode(json), {
    onFailure: (error) => error.message,
    onSuccess: () => "no error"
  })

describe("values as JSON", () => {
  it.prop("come back as they were", [Arbitraries.values], ([value]) => {
    assert.deepStrictEqual(throughText([value]), Result.succeed([value]))
  })

  const forms: ReadonlyArray<readonly [string, Value, Schema.Json]> = [
    ["bytes", Uint8Array.of(0, 255), { $bytes: "AP8=" }],
    ["the greatest number", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ["an integer beyond 2^53", 2n ** 53n, { $int: "9007199254740992" }],
    ["the least integer", -(2n ** 63n), { $int: "-9223372036854775808" }],
    ["not a number", Number.NaN, { $float: "NaN" }],
    ["an infinity", Number.NEGATIVE_INFINITY, { $float: "-Infinity" }],
    ["minus zero", -0, { $float: "-0" }],
    ["an extension", new Extension(-2, Uint8Array.of(1)), { $ext: { type: -2, data: "AQ==" } }],
    ["a map with keys of any kind", new Map([[1, [new Map()]]]), { $map: [[1, [{ $map: [] }]]] }],
    ["a map that looks like a form", { $int: "5" }, { $map: [["$int", "5"]] }],
    ["a map that has a form's key and more", { $int: "5", a: 1 }, { $int: "5", a: 1 }]
  ]
  it.each(forms)("say %s in its form", (_what, value, json) => {
    assert.deepStrictEqual(Result.getOrThrow(JsonValue.encode([value])), [json])
  })

  it("read as what they stand for, in the one form that such a value has", () => {
    assert.deepStrictEqual(
      JsonValue.decode([{ $int: "5" }, { $map: [["a", { $int: "-0" }]] }, { $map: [] }]),
      Result.succeed([5, { a: 0 }, {}])
    )
  })

  const faults: ReadonlyArray<readonly [unknown, string]> = [
    [{ $int: "1e3" }, "payload.0.$int: expected digits"],
    [{ $int: 5 }, "payload.0.$int: expected digits"],
    [{ $int: "18446744073709551616" }, "payload.0.$int: 18446744073709551616 is beyond 64 bits"],
    [{ $int: "9".repeat(1_000) }, "payload.0.$int: expected digits"],
    [{ $float: "1.5" }, "payload.0.$float: expected one of NaN, Infinity, -Infinity, -0"],
    [[{ a: { $bytes: "?" } }], "payload.0.0.a.$bytes: no base64: Length must be a multiple of 4"],
    [{ $ext: { type: 128, data: "" } }, "payload.0.$ext: expected a type from -128 to 127"],
    [{ $ext: { type: "1", data: "" } }, "payload.0.$ext: expected a type from -128 to 127"],
    [{ $ext: { type: 1 } }, "payload.0.$ext.data: expected text in base64"],
    [{ $map: [[1]] }, "payload.0.$map.0: expected [key, value]"],
    [{ $map: { a: 1 } }, "payload.0.$map: expected a list of [key, value]"],
    [
      {
        $map: [
          [1, 2],
          [1, 3]
        ]
      },
      "payload.0.$map: a key comes twice"
    ],
    [JSON.parse('{"__proto__":1}'), "payload.0: no key may be __proto__"]
  ]
  it.each(faults)("%j is refused", (json, expected) => {
    assert.include(message([json]), expected)
  })

  it("are bounded in depth, both ways", () => {
    // The payload is a list itself.
    assert.isTrue(Result.isSuccess(throughText([nested(VALUE_DEPTH_MAX - 1)])))
    assert.isTrue(Result.isFailure(JsonValue.encode([nested(VALUE_DEPTH_MAX)])))
    const path = ".0".repeat(VALUE_DEPTH_MAX)
    const expected = `payload${path}: nested deeper than ${VALUE_DEPTH_MAX}`
    assert.strictEqual(message([nested(VALUE_DEPTH_MAX)]), expected)
  })
})

describe("the numbers of a text", () => {
  const read = (text: string) => JsonText.parse(text)

  it("are read where a double holds them", () => {
    assert.deepStrictEqual(
      read("[9007199254740991,1e300,0.1,-0]"),
      Result.succeed([Number.MAX_SAFE_INTEGER, 1e300, 0.1, -0])
    )
    // As Python spells 2 ** 63, and as JavaScript does.
    assert.deepStrictEqual(read("9223372036854775808"), Result.succeed(2 ** 63))
    assert.deepStrictEqual(read("9223372036854776000"), Result.succeed(2 ** 63))
    assert.deepStrictEqual(read('"12345678901234567890"'), Result.succeed("12345678901234567890"))
  })

  it.each(["9007199254740993", '[1,{"a":-12345678901234567891}]', "1".repeat(400)])(
    "are refused where they would be rounded: %s",
    (text) => {
      const result = read(text)
      assert.isTrue(Result.isFailure(result))
      if (Result.isFailure(result)) assert.include(result.failure.message, '{"$int":"')
    }
  )
})
