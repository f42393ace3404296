import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { find, firstDifference, type Recorded } from "../../../src/layers/simulation/Divergence.ts"
import { run, Simulation } from "../../../src/layers/simulation/Simulation.ts"

describe("where two runs part", () => {
  it("is the first place at which their lists differ, or one ends", () => {
    expect(firstDifference([1, 2, 3], [1, 2, 3])).toBe(undefined)
    expect(firstDifference([1, 2, 3], [1, 5, 3])).toBe(1)
    expect(firstDifference([1, 2], [1, 2, 3])).toBe(2)
    expect(firstDifference([], [])).toBe(undefined)
  })

  /** Notes a number a second, and at one of them what it is given. */
  const noting =
    (at: number, what: () => string): Recorded =>
    (onEvent) => {
      const program = Effect.gen(function* () {
        const { note } = yield* Simulation
        for (let i = 0; i < 2_000; i++) {
          note(i === at ? what() : `${i}`)
          yield* Effect.sleep(1_000)
        }
      })
      run(program, { seed: 1, onEvent })
    }

  it("is nowhere where they are the same", () => {
    expect(find(noting(7, () => "same"))).toBe(undefined)
  })

  it("is told with the event and the virtual time", () => {
    let runs = 0
    expect(find(noting(1_500, () => `run ${++runs}`))).toEqual({
      index: 1_500,
      event: "note run 3",
      atMillis: 1_500_000
    })
  })
})
