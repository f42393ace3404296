import { afterEach, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mesh } from "../../../src/layers/simulation/scenarios/Mesh.ts"
import { sweep } from "../../../src/programs/simulate/Sweep.ts"

const warnings: Array<string> = []
const onWarning = ({ name }: Error) => void warnings.push(name)
process.on("warning", onWarning)
afterEach(() => void process.off("warning", onWarning))

/** Small, and short: one thread makes a dozen of it. */
const config = { ...mesh.config, nodes: 2, outsiders: 0, safetyMillis: 0 }
const tasks = Array.from({ length: 12 }, (_, i) => ({ scenario: "mesh", config, seed: i + 1 }))

describe("a sweep", () => {
  it.live("makes all runs on one thread, and leaves no listener behind with each", () =>
    Effect.gen(function* () {
      const told: Array<number> = []
      const results = yield* sweep(tasks, 1, (_, done) => Effect.sync(() => void told.push(done)))
      expect(results.map(({ seed }) => seed)).toEqual(tasks.map(({ seed }) => seed))
      expect(told).toEqual(tasks.map(({ seed }) => seed))
      expect(warnings).toEqual([])
    })
  )

  it.live("stops where it is enough", () =>
    Effect.gen(function* () {
      const results = yield* sweep(
        tasks,
        1,
        () => Effect.void,
        ({ seed }) => seed === 3
      )
      expect(results).toHaveLength(3)
    })
  )

  it.live("fails with the run that a thread has died of", () =>
    Effect.gen(function* () {
      const bad = { scenario: "nowhere", config, seed: 5 }
      const error = yield* Effect.flip(sweep([bad], 1, () => Effect.void))
      expect(error.message).toContain("the run of nowhere with seed 5 died")
    })
  )
})
