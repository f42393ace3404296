// Which peers are dialled, of more than are sought.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { simulate, startNode } from "../suites/Network.ts"

describe("who learns of more peers than it seeks", () => {
  it("draws among them, so that none has all the connections", () => {
    const degrees = simulate(
      Effect.gen(function* () {
        const names = Array.from({ length: 40 }, (_, i) => `n${i}`)
        const nodes = yield* Effect.forEach(names, (name) =>
          startNode(name, { maxOutgoing: 3, join: name === "n0" ? [] : ["n0"] })
        )
        yield* Effect.sleep("1 minute")
        return nodes.map(({ connections }) => connections.open().length)
      }),
      { seed: 1 }
    )
    // All have joined the first; of the others the busiest has a third of the network at most.
    const [first = 0, ...others] = degrees
    expect(first).toBeGreaterThanOrEqual(39)
    expect(Math.min(...others)).toBeGreaterThanOrEqual(3)
    expect(Math.max(...others)).toBeLessThanOrEqual(13)
  })
})
