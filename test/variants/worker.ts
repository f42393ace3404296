// A worker thread that makes runs of scenarios with the sources of a variant. It loads what is not of these
// (Effect, mostly) once for all variants.

import { parentPort } from "node:worker_threads"
import * as Schema from "effect/Schema"
import { ScenarioConfig } from "../../src/layers/simulation/ScenarioConfig.ts"

const Task = Schema.Struct({
  sources: Schema.String,
  scenario: Schema.String,
  config: ScenarioConfig,
  seed: Schema.Number
})
const decode = Schema.decodeUnknownSync(Task)

const run = async (message: unknown) => {
  const { config, scenario, seed, sources } = decode(message)
  const simulation = `${sources}layers/simulation`
  const { runScenario }: typeof import("../../src/layers/simulation/Scenario.ts") = await import(
    `${simulation}/Scenario.ts`
  )
  const { scenarios }: typeof import("../../src/layers/simulation/scenarios/Scenarios.ts") =
    await import(`${simulation}/scenarios/Scenarios.ts`)
  const { ScenarioResult }: typeof import("../../src/layers/simulation/ScenarioResult.ts") =
    await import(`${simulation}/ScenarioResult.ts`)
  const { hasher }: typeof import("../../src/layers/NodeHashing.ts") = await import(
    `${sources}layers/NodeHashing.ts`
  )
  const found = scenarios.get(scenario)
  if (found === undefined) throw new Error(`no scenario ${scenario}`)
  return Schema.encodeSync(ScenarioResult)(runScenario(found, config, seed, { hasher }))
}

parentPort?.on("message", (message) => {
  void run(message).then((result) => parentPort?.postMessage(result))
})
