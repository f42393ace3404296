import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Bytes from "../../src/domain/Bytes.ts"
import { DigestSet } from "../../src/domain/DigestSet.ts"
import { DIGEST_BYTES } from "../../src/domain/Limits.ts"
import { hasher } from "../../src/layers/PureHashing.ts"
import { integers } from "../suites/Arbitraries.ts"

const digestOf = (n: number) => hasher.digest("sha256", Bytes.fromText(String(n)))

/** Digests that differ in their last bytes only: all of them are sought in one place of the index. */
const crowded = (n: number) => {
  const digest = new Uint8Array(DIGEST_BYTES)
  new DataView(digest.buffer).setUint32(DIGEST_BYTES - 4, n)
  return digest
}

describe("DigestSet", () => {
  it.each([
    ["random", digestOf],
    ["crowded", crowded]
  ])("holds each of 400 %s digests once, in order", (_kind, make) => {
    const set = new DigestSet(7)
    for (let n = 0; n < 400; n++) {
      expect(set.has(make(n), 0)).toBe(false)
      expect(set.add(make(n), 0)).toBe(true)
      expect(set.add(make(n), 0)).toBe(false)
      expect(set.has(make(n), 0)).toBe(true)
    }
    expect(set.size).toBe(400)
    expect(set.keys()).toEqual(Array.from({ length: 400 }, (_, n) => Bytes.toKey(make(n))))
  })

  it("reads a digest wherever it lies", () => {
    const set = new DigestSet(7)
    const bytes = Bytes.concat([new Uint8Array(5), digestOf(1), digestOf(2)])
    expect(set.add(bytes, 5)).toBe(true)
    expect(set.has(bytes, 5 + DIGEST_BYTES)).toBe(false)
    expect(set.has(digestOf(1), 0)).toBe(true)
  })

  it.prop(
    "is the set that JavaScript would have, and the same after its replay, whatever the salt",
    { numbers: Arbitrary.array(integers(0, 200)), salt: integers(-(2 ** 31), 2 ** 31 - 1) },
    ({ numbers, salt }) => {
      const set = new DigestSet(salt)
      const model = new Set<string>()
      for (const n of numbers) {
        const digest = digestOf(n)
        expect(set.add(digest, 0)).toBe(!model.has(Bytes.toKey(digest)))
        model.add(Bytes.toKey(digest))
      }
      const before = set.keys()
      expect(before).toEqual([...model])
      set.replay()
      expect(set.keys()).toEqual(before)
      for (const n of numbers) expect(set.has(digestOf(n), 0)).toBe(true)
    }
  )
})
