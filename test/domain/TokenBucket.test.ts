import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { TokenBucket } from "../../src/domain/TokenBucket.ts"
import { integers } from "../suites/Arbitraries.ts"

describe("TokenBucket", () => {
  it("gives what it holds at once, and then as much as comes back", () => {
    const bucket = new TokenBucket(3, 2, 0)
    expect([1, 2, 3, 4].map(() => bucket.take(1, 0))).toEqual([true, true, true, false])
    expect(bucket.take(1, 499)).toBe(false)
    expect(bucket.take(1, 500)).toBe(true)
    expect(bucket.isFull(1_999)).toBe(false)
    expect(bucket.isFull(2_000)).toBe(true)
  })

  it("says how long its debt takes", () => {
    const bucket = new TokenBucket(10, 5, 0)
    bucket.spend(10, 0)
    expect(bucket.debtMillis(0)).toBe(0)
    bucket.spend(20, 0)
    expect(bucket.debtMillis(0)).toBe(4_000)
    expect(bucket.debtMillis(1_000)).toBe(3_000)
    expect(bucket.debtMillis(4_000)).toBe(0)
  })

  it("gives nothing for a clock that is set back", () => {
    const bucket = new TokenBucket(1, 1, 10_000)
    expect(bucket.take(1, 10_000)).toBe(true)
    expect(bucket.take(1, 0)).toBe(false)
    expect(bucket.take(1, 999)).toBe(false)
    expect(bucket.take(1, 1_000)).toBe(true)
  })

  it.prop(
    "never gives more than it holds and what has come back",
    { waits: Arbitrary.array(integers(0, 1000)) },
    ({ waits }) => {
      const bucket = new TokenBucket(5, 10, 0)
      let nowMillis = 0
      let given = 0
      for (const wait of waits) {
        nowMillis += wait
        if (bucket.take(1, nowMillis)) given++
      }
      expect(given).toBeLessThanOrEqual(5 + (nowMillis * 10) / 1000 + 1e-6)
    }
  )
})
