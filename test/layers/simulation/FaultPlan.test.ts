import { describe, expect, it } from "@effect/vitest"
import { planOf, ratesOf } from "../../../src/layers/simulation/FaultPlan.ts"
import type { ScenarioConfig } from "../../../src/layers/simulation/ScenarioConfig.ts"
import * as Mesh from "../../../src/layers/simulation/scenarios/Mesh.ts"

const nodes = ["n0", "n1", "n2", "n3"]

const config: ScenarioConfig = {
  ...Mesh.swarm.config,
  isSwarm: false,
  safetyMillis: 600_000,
  faultsPerMinute: { crash: 1, reset: 2 }
}

const plan = (changes: Partial<ScenarioConfig> = {}, of = nodes, seed = 1) =>
  planOf({ ...config, ...changes }, seed, of)

describe("a plan of faults", () => {
  it("has about as many as its rates say, in the order of their times", () => {
    const faults = plan()
    const count = (kind: string) => faults.filter((fault) => fault.kind === kind).length
    // 40 and 80 are expected; five standard deviations are 32 and 45.
    expect(Math.abs(count("crash") - 40)).toBeLessThan(32)
    expect(Math.abs(count("reset") - 80)).toBeLessThan(45)
    const times = faults.map(({ atMillis }) => atMillis)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(Math.max(...times)).toBeLessThan(600_000)
    expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length)
  })

  it("is another one for another seed, and the same one for the same", () => {
    expect(plan()).toEqual(plan())
    expect(plan({}, nodes, 2)).not.toEqual(plan())
  })

  it("keeps all others when a node, a kind or some time is left out", () => {
    const all = plan()
    expect(plan({}, ["n0", "n2"])).toEqual(all.filter(({ node }) => node === "n0" || node === "n2"))
    expect(plan({ faultsPerMinute: { reset: 2 } })).toEqual(
      all.filter(({ kind }) => kind === "reset")
    )
    expect(plan({ safetyMillis: 60_000 })).toEqual(all.filter(({ atMillis }) => atMillis < 60_000))
  })

  it("has only those that it is to have", () => {
    const all = plan()
    const only = all.filter((_, i) => i % 7 === 0)
    expect(only.length).toBeGreaterThan(3)
    expect(plan({ only: only.map(({ id }) => id) })).toEqual(only)
  })
})

describe("a swarm", () => {
  const swarm: ScenarioConfig = { ...Mesh.swarm.config }
  const mixes = Array.from({ length: 40 }, (_, seed) => ratesOf(swarm, seed))

  it("draws which kinds there are, and how often", () => {
    for (const kind of ["crash", "partition", "pause"] as const) {
      const rates = mixes.flatMap((mix) => mix[kind] ?? [])
      expect(rates.length).toBeGreaterThan(5)
      expect(rates.length).toBeLessThan(35)
      expect(Math.max(...rates) / Math.min(...rates)).toBeGreaterThan(4)
    }
  })

  it("comes to the same faults when its rates are given as they were drawn", () => {
    const drawn = { ...swarm, isSwarm: false, faultsPerMinute: ratesOf(swarm, 3) }
    expect(planOf(swarm, 3, nodes).length).toBeGreaterThan(0)
    expect(planOf(drawn, 3, nodes)).toEqual(planOf(swarm, 3, nodes))
  })
})
