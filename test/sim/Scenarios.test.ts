// The shipped scenarios, each with a few seeds: all invariants hold, and each run twice is the same.

import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { hasher } from "../../src/layers/NodeHashing.ts"
import * as Divergence from "../../src/layers/simulation/Divergence.ts"
import { runScenario } from "../../src/layers/simulation/Scenario.ts"
import { ScenarioResult } from "../../src/layers/simulation/ScenarioResult.ts"
import { scenarios } from "../../src/layers/simulation/scenarios/Scenarios.ts"

const shipped = [...scenarios.values()]

/** Smaller than what is shipped: here it is the variety that counts. */
const small = { nodes: 7, safetyMillis: 40_000 }

describe.each(shipped)("$name", (scenario) => {
  const config = { ...scenario.config, ...small }

  it.each([1, 2, 3])("seed %i", (seed) => {
    const result = runScenario(scenario, config, seed, { hasher })
    expect(result.violations.map(String)).toEqual([])
    expect(result.counters["deliveries"]).toBeGreaterThan(0)
    expect(Schema.is(ScenarioResult)(result)).toBe(true)
  })

  it("twice from one seed is the same, event by event", () => {
    const divergence = Divergence.find((onEvent) => {
      runScenario(scenario, config, 4, { hasher, onEvent })
    })
    expect(divergence).toBe(undefined)
  })
})

describe("a result", () => {
  it("is the same whatever computes the digests, and another one for another seed", () => {
    const [scenario] = shipped
    if (scenario === undefined) return expect(shipped).not.toEqual([])
    const config = { ...scenario.config, nodes: 3, safetyMillis: 5_000 }
    const native = runScenario(scenario, config, 1, { hasher })
    expect(runScenario(scenario, config, 1)).toEqual(native)
    expect(runScenario(scenario, config, 2).trace).not.toBe(native.trace)
  })

  it("of a swarm can be had again by the rates that were drawn, and by the faults that were planned", () => {
    const scenario = scenarios.get("mesh-swarm")
    if (scenario === undefined) return expect(scenario).toBeDefined()
    const config = { ...scenario.config, ...small }
    const first = runScenario(scenario, config, 5, { hasher })
    expect(first.planned.length).toBeGreaterThan(5)
    expect(first.config.isSwarm).toBe(false)
    const again = runScenario(scenario, first.config, 5, { hasher })
    expect(again).toEqual(first)
    const planned = { ...first.config, only: first.planned }
    expect(runScenario(scenario, planned, 5, { hasher }).trace).toBe(first.trace)
  })
})
