import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { delayMillis } from "../../src/domain/Backoff.ts"
import { integers } from "../suites/Arbitraries.ts"

const jitters = Arbitrary.filter(
  Arbitrary.schema(Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  (jitter) => jitter < 1
)

const backoffs = Arbitrary.map(
  Arbitrary.all({ minMillis: integers(1, 10_000), factor: integers(1, 100_000) }),
  ({ factor, minMillis }) => ({ minMillis, maxMillis: minMillis * factor })
)

const any = { backoff: backoffs, attempt: integers(0, 2000), jitter: jitters }

describe("Backoff", () => {
  it.prop("stays between half its ceiling and all of it", any, ({ attempt, backoff, jitter }) => {
    const delay = delayMillis(backoff, attempt, jitter)
    const ceiling = Math.min(backoff.maxMillis, backoff.minMillis * 2 ** attempt)
    expect(Number.isSafeInteger(delay)).toBe(true)
    // Rounded to whole milliseconds.
    expect(delay).toBeGreaterThanOrEqual(Math.floor(ceiling / 2))
    expect(delay).toBeLessThanOrEqual(ceiling)
  })

  it.prop("never shrinks with the attempts", any, ({ attempt, backoff, jitter }) => {
    expect(delayMillis(backoff, attempt + 1, jitter)).toBeGreaterThanOrEqual(
      delayMillis(backoff, attempt, jitter)
    )
  })

  it.prop("grows with the jitter", { ...any, other: jitters }, ({ attempt, backoff, ...draws }) => {
    const [less, more] = [draws.jitter, draws.other].toSorted((a, b) => a - b)
    expect(delayMillis(backoff, attempt, less ?? 0)).toBeLessThanOrEqual(
      delayMillis(backoff, attempt, more ?? 0)
    )
  })

  it.each([
    [0, 0, 50],
    [0, 0.5, 75],
    [1, 0, 100],
    [2, 0, 200],
    [5, 0, 1600],
    [6, 0, 2500],
    [7, 0, 2500],
    [7, 0.999, 4998],
    [60, 0, 2500],
    [Number.MAX_SAFE_INTEGER, 0, 2500]
  ])("doubles up to the maximum: attempt %i, jitter %d: %i ms", (attempt, jitter, expected) => {
    expect(delayMillis({ minMillis: 100, maxMillis: 5000 }, attempt, jitter)).toBe(expected)
  })
})
