import { describe, expect, it } from "@effect/vitest"
import { Decoder } from "@msgpack/msgpack"
import * as Result from "effect/Result"
import * as Bytes from "../../src/domain/Bytes.ts"
import { VALUE_DEPTH_MAX, VALUE_WEIGHT_MAX } from "../../src/domain/Limits.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import * as Scan from "../../src/domain/MessagePackScan.ts"
import type { Value } from "../../src/domain/Value.ts"
import { bytes, integers, thorough, values } from "../suites/Arbitraries.ts"
import { fromHex } from "../suites/Hex.ts"
import { nested } from "../suites/Values.ts"

const encode = (value: Value) => Result.getOrThrow(MessagePack.encode(value))

/** The library by itself, with its opinions on keys and extensions taken away. */
const library = new Decoder({
  useBigInt64: true,
  mapKeyConverter: () => "key",
  extensionCodec: { tryToEncode: () => null, decode: () => null }
})

const libraryTakes = (encoded: Uint8Array): boolean => {
  try {
    library.decode(encoded)
    return true
  } catch (error) {
    // The one key that it refuses by principle: the structure is sound.
    return String(error).includes("__proto__")
  }
}

const isWhole = (encoded: Uint8Array) =>
  Scan.scan(encoded, 0, 1) === undefined && Scan.end === encoded.length

describe("MessagePackScan", () => {
  it.prop(
    "agrees with the decoder on random bytes",
    { encoded: bytes(0, 40) },
    ({ encoded }) => isWhole(encoded) === libraryTakes(encoded),
    thorough(40, 3000)
  )

  it.prop(
    "agrees with the decoder on encodings with one byte changed",
    { value: values, at: integers(0, 2 ** 31), byte: integers(0, 255) },
    ({ at, byte, value }) => {
      const encoded = encode([value, value])
      encoded[at % encoded.length] = byte
      return isWhole(encoded) === libraryTakes(encoded)
    },
    thorough(16, 1000)
  )

  it.prop("finds each beginning of a value truncated", { value: values }, ({ value }) => {
    const encoded = encode(value)
    expect(isWhole(encoded)).toBe(true)
    for (let length = 0; length < encoded.length; length++) {
      expect(Scan.scan(encoded.subarray(0, length), 0, 1)).toBe("truncated")
    }
  })

  it.prop(
    "walks any number of values, from any place",
    { before: bytes(), first: values, second: values, after: bytes() },
    ({ after, before, first, second }) => {
      const parts = [before, encode(first), encode(second), after]
      expect(Scan.scan(Bytes.concat(parts), before.length, 2)).toBe(undefined)
      expect(Scan.end).toBe(Bytes.totalLength(parts) - after.length)
    }
  )

  it("takes no bytes for no values", () => {
    expect(Scan.scan(fromHex("c1"), 0, 0)).toBe(undefined)
    expect(Scan.end).toBe(0)
  })

  it.each([
    ["a map", "81 01 02", true],
    ["an empty map", "80", true],
    ["a map 16", "de0001 01 02", true],
    ["a map 32", "df00000001 01 02", true],
    ["an extension", "d40100", true],
    ["a short ext 32", "c900000001 01 00", true],
    ["a uint 64", "cf0000000000000001", true],
    ["an int 64", "d30000000000000001", true],
    ["one of them deep down", "91 91 80", true],
    ["anything else", "98 c0 c3 05 ff ceffffffff cb0000000000000000 a161 c40161", false]
  ])("tells of %s whether it needs more than the library", (_, hex, rich) => {
    expect(isWhole(fromHex(hex))).toBe(true)
    expect(Scan.rich).toBe(rich)
  })

  it.each([
    ["str 8", "d9ff 61"],
    ["str 16", "daffff 61"],
    ["str 32", "dbffffffff 61"],
    ["bin 8", "c4ff 61"],
    ["bin 16", "c5ffff 61"],
    ["bin 32", "c6ffffffff 61"],
    ["ext 8", "c7ff 01 61"],
    ["ext 16", "c8ffff 01 61"],
    ["ext 32", "c9ffffffff 01 61"],
    ["array 16", "dcffff c0"],
    ["array 32", "ddffffffff c0"],
    ["map 16", "deffff c0c0"],
    ["map 32", "dfffffffff c0c0"],
    ["an array in an array", "92 ddffffffff c0"]
  ])("finds a length beyond the data truncated: %s", (_, hex) => {
    expect(Scan.scan(fromHex(hex), 0, 1)).toBe("truncated")
  })

  it.each([
    ["arrays", "91"],
    ["maps", "8101"],
    ["maps as keys", "81"],
    ["long arrays", "dd00000001"]
  ])("bounds the depth of %s", (_, open) => {
    const deep = (depth: number) => fromHex(`${open.repeat(depth)}${"c0".repeat(2 * depth)}`)
    expect(Scan.scan(deep(VALUE_DEPTH_MAX), 0, 1)).toBe(undefined)
    expect(Scan.scan(deep(VALUE_DEPTH_MAX + 1), 0, 1)).toBe("too deep")
    expect(Scan.scan(deep(10_000), 0, 1)).toBe("too deep")
  })

  it("does not take many neighbours for depth", () => {
    const wide = Array.from({ length: 500 }, () => nested(VALUE_DEPTH_MAX - 1))
    expect(isWhole(encode(wide))).toBe(true)
  })

  it("refuses an array of a million elements, and a crowd of empty containers, for their weight", () => {
    const million = new Uint8Array(5 + 1_000_000).fill(0xc0)
    million.set(fromHex("dd000f4240"))
    expect(Scan.scan(million, 0, 1)).toBe("too many values")
    for (const empty of [0x80, 0x90]) {
      const crowd = (count: number) => {
        const bytes = new Uint8Array(5 + count).fill(empty)
        bytes.set([0xdd, 0, count >> 16, count >> 8, count])
        return Scan.scan(bytes, 0, 1)
      }
      expect(crowd(VALUE_WEIGHT_MAX / 8 - 1)).toBe(undefined)
      expect(crowd(VALUE_WEIGHT_MAX / 8 + 1)).toBe("too many values")
    }
  })
})
