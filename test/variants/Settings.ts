/** What variants are run with: the shipped scenarios, made small. */
import { scenarios } from "../../src/layers/simulation/scenarios/Scenarios.ts"
import type { ScenarioConfig } from "../../src/layers/simulation/ScenarioConfig.ts"

/** Enough for three to stand between two, and small enough for a run to take a tenth of a second. */
const SMALL = { nodes: 5, outgoing: 2, broadcastsPerSecond: 4, safetyMillis: 20_000 }

export type Setting = "mesh" | "mesh-loss" | "mesh-partition" | "mesh-churn" | "mesh-swarm"

/** The configuration of a scenario for variants. */
export const configOf = (setting: Setting): ScenarioConfig => {
  const scenario = scenarios.get(setting)
  if (scenario === undefined) throw new Error(`no scenario ${setting}`)
  return { ...scenario.config, ...SMALL }
}
