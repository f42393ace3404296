import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import * as Bytes from "../../src/domain/Bytes.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import { Extension, type Value } from "../../src/domain/Value.ts"
import { fromHex } from "../suites/Hex.ts"

const encode = (value: unknown) => Result.getOrThrow(MessagePack.encode(value))
const decode = (encoded: Uint8Array) => Result.getOrThrow(MessagePack.decode(encoded))

/** Each width of integer from its least to its greatest value, and what lies next to the edges. */
const integers: ReadonlyArray<readonly [value: number | bigint, hex: string]> = [
  [0, "00"],
  [127, "7f"],
  [128, "cc80"],
  [255, "ccff"],
  [256, "cd0100"],
  [65535, "cdffff"],
  [65536, "ce00010000"],
  [4294967295, "ceffffffff"],
  [4294967296, "cf0000000100000000"],
  [Number.MAX_SAFE_INTEGER, "cf001fffffffffffff"],
  [2n ** 53n, "cf0020000000000000"],
  [2n ** 53n + 1n, "cf0020000000000001"],
  [2n ** 63n, "cf8000000000000000"],
  [2n ** 64n - 1n, "cfffffffffffffffff"],
  [-1, "ff"],
  [-32, "e0"],
  [-33, "d0df"],
  [-128, "d080"],
  [-129, "d1ff7f"],
  [-32768, "d18000"],
  [-32769, "d2ffff7fff"],
  [-2147483648, "d280000000"],
  [-2147483649, "d3ffffffff7fffffff"],
  [Number.MIN_SAFE_INTEGER, "d3ffe0000000000001"],
  [-(2n ** 53n), "d3ffe0000000000000"],
  [-(2n ** 53n) - 1n, "d3ffdfffffffffffff"],
  [-(2n ** 63n), "d38000000000000000"]
]

/** One value of each format, from the specification's list. */
const formats: ReadonlyArray<readonly [format: string, value: Value, hex: string]> = [
  ["nil", null, "c0"],
  ["false", false, "c2"],
  ["true", true, "c3"],
  ["float 64", 2.5, "cb4004000000000000"],
  ["float 64, infinite", Number.POSITIVE_INFINITY, "cb7ff0000000000000"],
  ["float 64, beyond safe integers", 2 ** 53, "cb4340000000000000"],
  ["fixstr", "é😀", "a6 c3a9 f09f9880"],
  ["str 8", "x".repeat(32), `d920 ${"78".repeat(32)}`],
  ["str 16", "x".repeat(256), `da0100 ${"78".repeat(256)}`],
  ["str 32", "x".repeat(65536), `db00010000 ${"78".repeat(65536)}`],
  ["bin 8", Uint8Array.of(0, 255), "c402 00ff"],
  ["bin 16", new Uint8Array(256), `c50100 ${"00".repeat(256)}`],
  ["bin 32", new Uint8Array(65536), `c600010000 ${"00".repeat(65536)}`],
  ["fixarray", [1, [], null], "93 01 90 c0"],
  ["array 16", Array.from({ length: 16 }, () => 7), `dc0010 ${"07".repeat(16)}`],
  ["array 32", Array.from({ length: 65536 }, () => 7), `dd00010000 ${"07".repeat(65536)}`],
  ["fixmap", { a: 1, b: {} }, "82 a161 01 a162 80"],
  ["fixext 1", new Extension(5, Uint8Array.of(1)), "d405 01"],
  ["fixext 2", new Extension(-1, Uint8Array.of(1, 2)), "d5ff 0102"],
  ["fixext 4", new Extension(127, new Uint8Array(4)), "d67f 00000000"],
  ["fixext 8", new Extension(-128, new Uint8Array(8)), `d780 ${"00".repeat(8)}`],
  ["fixext 16", new Extension(0, new Uint8Array(16)), `d800 ${"00".repeat(16)}`],
  ["ext 8", new Extension(1, new Uint8Array(3)), "c703 01 000000"],
  ["ext 16", new Extension(1, new Uint8Array(256)), `c80100 01 ${"00".repeat(256)}`],
  ["ext 32", new Extension(1, new Uint8Array(65536)), `c900010000 01 ${"00".repeat(65536)}`]
]

/** Maps with keys that are no strings: they stay maps, and in order. */
const keyedMaps: ReadonlyArray<readonly [keys: string, value: Value, hex: string]> = [
  [
    "integers",
    new Map([
      [1, "a"],
      [-1, "b"]
    ]),
    "82 01 a161 ff a162"
  ],
  ["a 64-bit integer", new Map([[2n ** 64n - 1n, 0]]), "81 cfffffffffffffffff 00"],
  ["bin", new Map([[Uint8Array.of(9), true]]), "81 c40109 c3"],
  [
    "nil and a string",
    new Map<Value, Value>([
      [null, 1],
      ["null", 2]
    ]),
    "82 c0 01 a46e756c6c 02"
  ],
  ["an array", new Map([[[1, 2], [3]]]), "81 920102 9103"],
  ["a map", new Map<Value, Value>([[{ a: 1 }, new Map([[1, 2]])]]), "81 81a16101 810102"],
  [
    "an object that shadows toString",
    new Map([[{ toString: 1 }, 2]]),
    "81 81a8746f537472696e6701 02"
  ],
  ["an extension", new Map([[new Extension(1, Uint8Array.of(2)), 3]]), "81 d40102 03"]
]

/** Spelled at more length than needed, or in a form that we have no use for: read all the same. */
const otherSpellings: ReadonlyArray<readonly [spelling: string, hex: string, value: Value]> = [
  ["5 in 8 bits", "cc05", 5],
  ["5 in 64 bits", "cf0000000000000005", 5],
  ["-5 in 64 bits", "d3fffffffffffffffb", -5],
  ["5 as int 8", "d005", 5],
  ["float 32", "ca3fc00000", 1.5],
  ["a short str 32", "db00000001 61", "a"],
  ["a short bin 32", "c600000001 61", Uint8Array.of(0x61)],
  ["a short array 32", "dd00000001 c0", [null]],
  ["a short map 32", "df00000001 a161 c0", { a: null }],
  ["a key twice: the later counts", "82 a161 01 a161 02", { a: 2 }]
]

/** JavaScript has more than one form of these; MessagePack has one. */
const normalised: ReadonlyArray<readonly [name: string, value: Value, becomes: Value]> = [
  ["a small bigint", 5n, 5],
  ["a bigint up to 2^53 - 1", BigInt(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
  ["a map whose keys are all strings", new Map([["a", 1]]), { a: 1 }],
  ["an empty map", new Map(), {}],
  ["negative zero", -0, 0]
]

describe("MessagePack's formats", () => {
  describe.each([
    ...integers.map(([value, hex]) => [String(value), value, hex] as const),
    ...formats,
    ...keyedMaps
  ])("%s", (_, value, hex) => {
    it("is encoded in its shortest form", () => {
      expect(Bytes.toHex(encode(value))).toBe(Bytes.toHex(fromHex(hex)))
    })
    it("is decoded without loss", () => deepStrictEqual(decode(fromHex(hex)), value))
  })

  it.each(otherSpellings)("reads %s", (_, hex, value) =>
    deepStrictEqual(decode(fromHex(hex)), value)
  )

  it.each(normalised)("%s comes back in its one form", (_, value, becomes) =>
    deepStrictEqual(decode(encode(value)), becomes)
  )
})
