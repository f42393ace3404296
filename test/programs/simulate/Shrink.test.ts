import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ScenarioConfig } from "../../../src/layers/simulation/ScenarioConfig.ts"
import type { ScenarioResult } from "../../../src/layers/simulation/ScenarioResult.ts"
import { Violation } from "../../../src/layers/simulation/Violation.ts"
import { SHRINK_RUNS_MAX, shrink } from "../../../src/programs/simulate/Shrink.ts"

const config: ScenarioConfig = {
  nodes: 40,
  outsiders: 3,
  outgoing: 4,
  broadcastsPerSecond: 8,
  safetyMillis: 64_000,
  livenessMillis: 60_000,
  faultsPerMinute: {},
  isSwarm: false
}
const faults = Array.from({ length: 30 }, (_, i) => `f${i}`)

/** A run that breaks an invariant where a rule says so. */
const runOf = (config: ScenarioConfig, isBroken: boolean, invariant = "AtMostOnce" as const) => {
  const result: ScenarioResult = {
    scenario: "mesh",
    seed: 1,
    config,
    trace: "",
    events: 0,
    elapsedMillis: 0,
    faults: {},
    planned: config.only ?? faults,
    sometimes: {},
    counters: {},
    violations: isBroken
      ? [new Violation({ invariant, node: null, atMillis: 50_000, detail: "" })]
      : []
  }
  return result
}

const shrinkBy = (
  rule: (config: ScenarioConfig, only: ReadonlyArray<string>, seed: number | string) => boolean,
  isEnough?: (result: ScenarioResult) => boolean
) =>
  Effect.runSync(
    shrink(
      runOf(config, true),
      (config, seed) =>
        Effect.succeed({ ...runOf(config, rule(config, config.only ?? faults, seed)), seed }),
      isEnough
    )
  )

describe("a failing configuration", () => {
  it("is made as small as what breaks it", () => {
    const { result } = shrinkBy(
      ({ nodes }, only) => nodes >= 3 && only.includes("f7") && only.includes("f21")
    )
    expect(result.config.only).toEqual(["f7", "f21"])
    expect(result.config.nodes).toBe(3)
    expect(result.config.outsiders).toBe(0)
    expect(result.config.safetyMillis).toBeLessThan(2_000)
  })

  it("stays as it is where nothing smaller breaks", () => {
    const { result, runs } = shrinkBy(() => false)
    expect(result.config).toEqual(config)
    expect(runs).toBeGreaterThan(5)
  })

  it("is tried with other seeds where its network is smaller", () => {
    const { result } = shrinkBy(({ nodes }, _, seed) => nodes === 40 || (nodes < 3 && seed === 2))
    expect(result.config.nodes).toBe(2)
    expect(result.seed).toBe(2)
  })

  it("is shortened to where it breaks, whatever is to come after that", () => {
    const { result } = shrinkBy(({ safetyMillis }) => safetyMillis >= 50_000)
    expect(result.config.safetyMillis).toBe(50_000)
  })

  it("is sought no further than is asked for", () => {
    const { result } = shrinkBy(
      () => true,
      ({ config }) => config.nodes <= 20
    )
    expect(result.config).toEqual({ ...config, nodes: 2 })
  })

  it("is not sought for ever", () => {
    let tries = 0
    const { runs } = shrinkBy(() => tries++ % 7 === 6)
    expect(runs).toBeLessThanOrEqual(SHRINK_RUNS_MAX)
  })
})
