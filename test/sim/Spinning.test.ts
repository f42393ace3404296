// Work that makes more work for ever at one moment: the run ends all the same, and says where.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run, simulate } from "../../src/layers/simulation/Simulation.ts"

/** Goes round in a circle from some moment on. */
const spin = (turn: Effect.Effect<void>) => Effect.andThen(Effect.sleep(70), Effect.forever(turn))

describe("a program for which time does not pass", () => {
  it.each([
    ["yields", Effect.yieldNow],
    ["sleeps for no time", Effect.sleep(0)],
    ["never waits", Effect.void]
  ])("is ended where it %s", (_how, turn) => {
    const { elapsedMillis, exit } = run(spin(turn), { seed: 1 })
    expect(exit).toMatchObject({ cause: { reasons: [{ error: { _tag: "SpinningError" } }] } })
    expect(elapsedMillis).toBe(70)
    expect(run(spin(turn), { seed: 1 }).exit).toEqual(exit)
  })

  it.effect("is not mistaken for one that does much", () =>
    Effect.gen(function* () {
      const much = Effect.repeat(Effect.yieldNow, { times: 20_000 })
      yield* simulate(
        Effect.forEach([1, 2, 3], () => Effect.andThen(much, Effect.sleep(1))),
        { seed: 1 }
      )
    })
  )
})
