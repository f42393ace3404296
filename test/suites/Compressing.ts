/** The contract of `services/Compressing.ts`: every adapter must pass it. */
import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Bytes from "../../src/domain/Bytes.ts"
import { type Compressor, InflateError, methodName, METHODS } from "../../src/domain/Compression.ts"
import { Method } from "../../src/domain/Flags.ts"
import { anyOf, bytes, integers, thorough } from "./Arbitraries.ts"
import { fromHex } from "./Hex.ts"

const MIB = 1024 * 1024

/** Bytes that compress well, badly or not at all. */
export const contents = anyOf(
  bytes(0, 200),
  Arbitrary.map(
    Arbitrary.all({ pattern: bytes(1, 9), length: integers(0, 5000) }),
    ({ length, pattern }) => Uint8Array.from({ length }, (_, i) => pattern[i % pattern.length] ?? 0)
  )
)

const plain = (bytes: Uint8Array) => Uint8Array.from(bytes)

/** Data that claim to hold more, or hold more than they claim. */
const malformed = [
  ["zlib", "nothing", ""],
  ["zlib", "a header alone", "789c"],
  ["zlib", "another format", "1f8b0800000000000003"],
  ["zlib", "a wrong check in its header", "789d030000000001"],
  ["zlib", "a reserved block type", "789c07"],
  ["zlib", "a stored block of a length that is no length", "789c0105000000"],
  ["gzip", "nothing", ""],
  ["gzip", "another format", "789c030000000001"],
  ["snappy", "nothing", ""],
  ["snappy", "a length without end", "ffffffffffff"],
  ["snappy", "a copy from before the beginning", "04 01 05"],
  ["snappy", "a literal beyond the end", "0a f0 ff 61"]
] as const

export const compressingSuite = (name: string, compressor: Compressor) =>
  describe(`${name} as Compressing`, () => {
    const inflate = (...given: Parameters<Compressor["inflate"]>) => compressor.inflate(...given)
    const faultOf = (...given: Parameters<Compressor["inflate"]>) =>
      Result.getOrThrow(Result.flip(inflate(...given)))

    describe.each(METHODS.map((method) => ({ method, label: methodName(method) })))(
      "$label",
      ({ label, method }) => {
        it.prop(
          "inflates what it has deflated",
          { given: contents },
          ({ given }) => {
            const deflated = compressor.deflate(method, given)
            const inflated = Result.getOrThrow(inflate(method, deflated, given.length + 1))
            deepStrictEqual(plain(inflated), given)
          },
          thorough(200)
        )

        it.prop("makes up to the limit and no more", { given: contents }, ({ given }) => {
          const whole = Bytes.concat([Uint8Array.of(1, 2), given])
          const deflated = compressor.deflate(method, whole)
          expect(Result.isSuccess(inflate(method, deflated, whole.length))).toBe(true)
          const limit = whole.length - 1
          expect(faultOf(method, deflated, limit)).toMatchObject({ reason: "TooLarge", limit })
        })

        it("makes the same of the same", () => {
          const given = new Uint8Array(1000).fill(7)
          const first = plain(compressor.deflate(method, given))
          deepStrictEqual(plain(compressor.deflate(method, given)), first)
        })

        it("takes views, and no more of their memory", () => {
          const memory = new Uint8Array(500).fill(7)
          const deflated = compressor.deflate(method, memory.subarray(100, 400))
          const within = Bytes.concat([fromHex("aabb"), deflated, fromHex("ccdd")])
          const view = within.subarray(2, 2 + deflated.length)
          expect(Result.getOrThrow(inflate(method, view, 300)).length).toBe(300)
        })

        it("leaves its input as it was", () => {
          const given = new Uint8Array(300).fill(7)
          const deflated = plain(compressor.deflate(method, given))
          const before = deflated.slice()
          Result.getOrThrow(inflate(method, deflated, 300))
          deepStrictEqual(given, new Uint8Array(300).fill(7))
          deepStrictEqual(deflated, before)
        })

        it.prop(
          "inflates any bytes, or fails as typed",
          { given: bytes() },
          ({ given }) => {
            const result = inflate(method, given, 1000)
            if (Result.isSuccess(result)) expect(result.success.length).toBeLessThanOrEqual(1000)
            else expect(result.failure).toBeInstanceOf(InflateError)
          },
          thorough(64)
        )

        it.each(malformed.filter(([of]) => of === label))("refuses %s data of %s", (_, __, hex) => {
          const fault = faultOf(method, fromHex(hex), MIB)
          expect(fault).toBeInstanceOf(InflateError)
          expect(fault).toMatchObject({ method: label, reason: "Malformed" })
          expect(fault.message).toBe(`malformed ${label} data`)
        })

        it("stops a bomb at its limit, before it has swelled", () => {
          const bomb = compressor.deflate(method, new Uint8Array(24 * MIB))
          const before = process.memoryUsage().arrayBuffers
          const fault = faultOf(method, bomb, MIB)
          expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(12 * MIB)
          expect(fault).toMatchObject({ method: label, reason: "TooLarge", limit: MIB })
          expect(fault.message).toContain(`more than ${MIB} bytes`)
        })
      }
    )

    // Of the checks that zlib and gzip put behind the data an adapter may make nothing: a message has its
    // digest.
    it.each([
      [Method.zlib, 2, 4],
      [Method.gzip, 10, 8],
      [Method.snappy, 0, 0]
    ] as const)("finds data that are cut malformed: method %i", (method, headBytes, checkBytes) => {
      const deflated = compressor.deflate(method, Bytes.fromText("a text, and more of a text"))
      for (
        let length = headBytes + checkBytes + 1;
        length < deflated.length - checkBytes;
        length++
      ) {
        const fault = faultOf(method, deflated.subarray(0, length), MIB)
        expect(fault).toMatchObject({ method: methodName(method), reason: "Malformed" })
      }
    })

    it.each([
      ["80808008", "TooLarge"],
      ["ffffffff07", "TooLarge"],
      ["8080808008", "TooLarge"],
      ["ffffffff0f", "TooLarge"],
      ["ffffffffff01", "Malformed"]
    ])("refuses a length that snappy data only declare: %s", (hex, reason) => {
      expect(faultOf(Method.snappy, fromHex(`${hex} 00 61`), MIB)).toMatchObject({ reason })
    })

    // The library alone would be busy with each of these for minutes.
    it.each([
      ["a literal far longer than the data", "80 01 fc ff ff ff ff 61"],
      ["a literal longer than the output", "01 04 61 62"],
      ["a copy from before the beginning", "08 00 61 12 ff 00"],
      ["a copy of an offset of zero", "08 00 61 12 00 00"],
      ["copies past the output", "04 00 61 fe 01 00 fe 01 00"],
      ["less than was declared", "80 01 00 61"],
      ["an element cut off", "08 00 61 fe 01"]
    ])("refuses snappy data with %s", (_what, hex) => {
      expect(faultOf(Method.snappy, fromHex(hex), MIB)).toMatchObject({ reason: "Malformed" })
    })
  })
