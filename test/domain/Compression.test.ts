import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Zlib from "node:zlib"
import * as Compression from "../../src/domain/Compression.ts"
import { Method } from "../../src/domain/Flags.ts"
import { bytes, integers, oneOf } from "../suites/Arbitraries.ts"
import { fromHex } from "../suites/Hex.ts"

const { bz2, gzip, lzma, snappy, zlib } = Method

describe("Compression", () => {
  it.each([
    ["nobody", [], undefined, []],
    ["js2p", [zlib, gzip], zlib, [zlib, gzip]],
    ["js2p with its add-on", [snappy, zlib, gzip], zlib, [snappy, zlib, gzip]],
    ["py2p", [snappy, zlib, gzip, bz2, lzma], zlib, [snappy, zlib, gzip]],
    ["a peer of one method", [gzip], gzip, [gzip]],
    ["a peer with snappy alone", [snappy], snappy, [snappy]],
    ["a peer of methods unknown to us", [bz2, lzma, 0x7fff, -1, 0.5], undefined, []],
    ["a peer that repeats itself", [gzip, gzip, zlib, gzip], zlib, [gzip, zlib]]
  ])("agrees with %s", (_, theirs, outgoing, incoming) => {
    expect(Compression.outgoing(theirs)).toBe(outgoing)
    deepStrictEqual([...Compression.incoming(theirs)], incoming)
  })

  const methods = Arbitrary.array(oneOf<number>(zlib, gzip, snappy, bz2, lzma, 0x30), {
    maxLength: 32
  })

  it.prop("sends by our preference, receives by theirs, each method once", { methods }, (given) => {
    const outgoing = Compression.outgoing(given.methods)
    const incoming = Compression.incoming(given.methods)
    const common = Compression.METHODS.filter((method) => given.methods.includes(method))
    expect(outgoing).toBe(common[0])
    expect([...incoming].toSorted()).toEqual([...common].toSorted())
    const places = incoming.map((method) => given.methods.indexOf(method))
    deepStrictEqual(
      places,
      places.toSorted((a, b) => a - b)
    )
  })

  it.prop(
    "takes whatever zlib and gzip write for compressed",
    { content: bytes(), level: integers(0, 9), windowBits: integers(9, 15) },
    ({ content, level, windowBits }) => {
      for (const deflate of [Zlib.deflateSync, Zlib.gzipSync]) {
        expect(Compression.looksCompressed(deflate(content, { level, windowBits }))).toBe(true)
      }
    }
  )

  it.each([
    ["nothing", "", false],
    ["one byte of a header", "78", false],
    ["zlib's usual header", "789c", true],
    ["a zlib header of 256 bytes of window", "081d", true],
    ["a window beyond 32 KiB, which js2p does not look at", "881c", true],
    ["another method than deflate", "7999", false],
    ["a check that fails", "789d", false],
    ["gzip's header", "1f8b", true],
    ["half of gzip's header", "1f8a", false],
    ["the other half", "1e8b", false],
    ["a digest", "7b88dcd4b06aea", false]
  ])("looks at the first two bytes alone: %s", (_, hex, looks) => {
    expect(Compression.looksCompressed(fromHex(hex))).toBe(looks)
  })

  it("finds among all pairs of bytes those that RFC 1950 and RFC 1952 describe, whatever the window", () => {
    let found = 0
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        if (Compression.looksCompressed(Uint8Array.of(first, second))) found++
      }
    }
    // A multiple of 31 in each of 16 windows: 8 or 9 of 256; and gzip's one.
    const multiples = Array.from({ length: 16 }, (_, i) => ((i << 4) | 8) << 8).flatMap((high) =>
      Array.from({ length: 256 }, (_, low) => (high | low) % 31).filter((rest) => rest === 0)
    )
    expect(found).toBe(multiples.length + 1)
  })

  it.each([
    [zlib, "zlib"],
    [gzip, "gzip"],
    [snappy, "snappy"]
  ] as const)("names method %i %s", (method, name) => {
    expect(Compression.methodName(method)).toBe(name)
  })
})
