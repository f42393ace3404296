import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Bytes from "../../src/domain/Bytes.ts"
import { bytes, integers, texts } from "../suites/Arbitraries.ts"

describe("Bytes", () => {
  it.prop("toKey and fromKey are each other's inverse", { given: bytes() }, ({ given }) => {
    const key = Bytes.toKey(given)
    expect(key.length).toBe(given.length)
    deepStrictEqual(Bytes.fromKey(key), given)
  })

  it.prop("toKey takes a range", { given: bytes(4), end: integers(1, 4) }, ({ end, given }) => {
    expect(Bytes.toKey(given, 1, end)).toBe(Bytes.toKey(given.subarray(1, end)))
  })

  it.prop("writeKey puts a key's bytes in place", { given: bytes() }, ({ given }) => {
    const out = new Uint8Array(given.length + 2)
    Bytes.writeKey(out, 1, Bytes.toKey(given))
    deepStrictEqual(out, Bytes.concat([Uint8Array.of(0), given, Uint8Array.of(0)]))
  })

  it.prop("toText and fromText are each other's inverse", { text: texts }, ({ text }) => {
    expect(Bytes.toText(Bytes.fromText(text))).toBe(text)
  })

  it.each([
    ["keeps a byte order mark", [0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
    ["takes what is no UTF-8 for U+FFFD", [0x61, 0xff, 0x62], "a\ufffdb"]
  ])("toText %s", (_, given, text) => {
    expect(Bytes.toText(Uint8Array.from(given))).toBe(text)
  })

  it.prop("equals compares by value", { a: bytes(0, 3), b: bytes(0, 3) }, ({ a, b }) => {
    expect(Bytes.equals(a, a.slice())).toBe(true)
    expect(Bytes.equals(a, b)).toBe(Bytes.toHex(a) === Bytes.toHex(b))
  })

  it("equals looks at every byte, the last one too", () => {
    expect(Bytes.equals(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 4))).toBe(false)
    expect(Bytes.equals(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false)
  })

  it.prop("concat joins all parts", { parts: Arbitrary.array(bytes()) }, ({ parts }) => {
    const joined = Bytes.concat(parts)
    deepStrictEqual(
      Array.from(joined),
      parts.flatMap((part) => Array.from(part))
    )
    expect(joined.length).toBe(Bytes.totalLength(parts))
  })

  it("toHex writes two digits a byte", () => {
    expect(Bytes.toHex(Uint8Array.of(0, 0x0a, 0xff))).toBe("000aff")
  })

  const lengths = Arbitrary.array(integers(0, 3000), { minLength: 1, maxLength: 50 })

  it.prop("allocate gives each its own zero bytes", { lengths }, (given) => {
    const all = given.lengths.map((length, i) => {
      const allocated = Bytes.allocate(length)
      deepStrictEqual(allocated, new Uint8Array(length))
      return allocated.fill(i + 1)
    })
    for (const [i, allocated] of all.entries()) {
      deepStrictEqual(allocated, new Uint8Array(given.lengths[i] ?? 0).fill(i + 1))
    }
  })

  it.prop("copy shares nothing with what it copies", { given: bytes(3) }, ({ given }) => {
    const expected = given.slice(2)
    const copied = Bytes.copy(given, 2)
    given.fill(0xee)
    deepStrictEqual(copied, expected)
  })

  it("makes keys of any length, each byte a character", () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 256)
    const key = Bytes.toKey(bytes)
    expect(key.length).toBe(5000)
    expect(Bytes.isKey(bytes, 0, key)).toBe(true)
    expect([...Bytes.fromKey(key)]).toEqual([...bytes])
    expect(Bytes.toKey(bytes, 1020, 1030)).toBe(key.slice(1020, 1030))
    expect(Bytes.toKey(bytes, 7, 7)).toBe("")
  })
})
