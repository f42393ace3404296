import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Bytes from "../../src/domain/Bytes.ts"
import { VALUE_DEPTH_MAX, VALUE_WEIGHT_MAX } from "../../src/domain/Limits.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import { Extension, type Value } from "../../src/domain/Value.ts"
import { bytes, thorough, values } from "../suites/Arbitraries.ts"
import { fromHex } from "../suites/Hex.ts"
import { nested, unencodable } from "../suites/Values.ts"

const encode = (value: unknown) => Result.getOrThrow(MessagePack.encode(value))
const decode = (encoded: Uint8Array) => Result.getOrThrow(MessagePack.decode(encoded))
const fault = (encoded: Uint8Array) => Result.getOrThrow(Result.flip(MessagePack.decode(encoded)))
const refusal = (value: unknown) => Result.getOrThrow(Result.flip(MessagePack.encode(value)))

describe("MessagePack", () => {
  it.prop(
    "what is encoded decodes to the same",
    { value: values },
    ({ value }) => {
      deepStrictEqual(decode(encode(value)), value)
    },
    thorough(20, 1000)
  )

  it.prop(
    "any bytes decode, or fail as typed",
    { encoded: bytes(0, 40) },
    ({ encoded }) => {
      const result = MessagePack.decode(encoded)
      return Result.isSuccess(result) || result.failure instanceof MessagePack.ValueDecodeError
    },
    thorough(40, 2000)
  )

  it("takes an object without a prototype, as a map and as a key", () => {
    const bare: Value = Object.assign(Object.create(null), { a: 1 })
    deepStrictEqual(decode(encode([bare, new Map([[bare, 2]])])), [
      { a: 1 },
      new Map([[{ a: 1 }, 2]])
    ])
  })

  it("takes a Buffer, and gives back plain bytes", () => {
    deepStrictEqual(decode(encode(Buffer.from("ab"))), Uint8Array.of(0x61, 0x62))
  })

  it("copies an extension's bytes out of the frame", () => {
    const frame = fromHex("d40501")
    const decoded = decode(frame)
    frame.fill(0)
    deepStrictEqual(decoded, new Extension(5, Uint8Array.of(1)))
  })

  it.each(unencodable)("refuses $name, and says where", ({ path, reason, value }) => {
    const error = refusal(value)
    expect(error).toBeInstanceOf(MessagePack.ValueEncodeError)
    expect(error.path.join(".")).toBe(path)
    expect(error.reason).toMatch(reason)
  })

  it("encodes on after a refusal as before", () => {
    refusal([new Map([[1, undefined]])])
    deepStrictEqual(decode(encode({ a: new Map([[1, 2]]) })), { a: new Map([[1, 2]]) })
    expect(Bytes.toHex(encode([1]))).toBe("9101")
  })

  it("nests to the limit, and no deeper", () => {
    const deepest = nested(VALUE_DEPTH_MAX)
    deepStrictEqual(decode(encode(deepest)), deepest)
    expect(refusal([deepest]).reason).toContain("nested deeper")
    expect(fault(fromHex(`${"91".repeat(VALUE_DEPTH_MAX + 1)}01`)).reason).toBe("too deep")
  })

  it.each([
    ["nothing", "", "truncated"],
    ["bytes behind the value", "01 02", "1 bytes too many"],
    ["the byte that is no format", "91c1", "reserved byte 0xc1"],
    ["the key __proto__", `81 a95f5f70726f746f5f5f 80`, "__proto__"],
    ["the key __proto__, deep down", `91 81 01 81 a95f5f70726f746f5f5f 80`, "__proto__"]
  ])("refuses %s", (_, hex, reason) => {
    expect(fault(fromHex(hex))).toBeInstanceOf(MessagePack.ValueDecodeError)
    expect(fault(fromHex(hex)).reason).toContain(reason)
  })

  it("decodes on after a refusal as before", () => {
    fault(fromHex("82 a161 01 c1"))
    deepStrictEqual(decode(fromHex("81 01 02")), new Map([[1, 2]]))
  })

  it("takes an array of as many elements as a message may have, and refuses to write a larger one", () => {
    const most: ReadonlyArray<number> = Array.from(
      { length: VALUE_WEIGHT_MAX - 8 },
      (_, i) => i % 300
    )
    deepStrictEqual(decode(encode(most)), most)
    expect(Result.getFailure(MessagePack.encode([...most, 1]))).toMatchObject({
      value: { reason: "too many values" }
    })
  })

  it.effect("makes maps, extensions and wide integers for the properties", () =>
    Arbitrary.sampleEffect(values, { count: 1000, size: 30, seed: 1 }).pipe(
      Effect.map((sample) => {
        const kinds = new Set(
          sample.map((value) =>
            typeof value === "object" ? value?.constructor.name : typeof value
          )
        )
        expect([...kinds].toSorted()).toEqual([
          "Array",
          "Extension",
          "Map",
          "Object",
          "Uint8Array",
          "bigint",
          "boolean",
          "number",
          "string",
          undefined
        ])
      })
    )
  )
})
