/**
 * A worker thread that makes runs of scenarios: a task comes in, its result goes out.
 *
 * @since 0.1.0
 */
import { parentPort } from "node:worker_threads"
import * as Schema from "effect/Schema"
import { runScenario } from "../../layers/simulation/Scenario.ts"
import { ScenarioConfig } from "../../layers/simulation/ScenarioConfig.ts"
import { ScenarioResult } from "../../layers/simulation/ScenarioResult.ts"
import { scenarios } from "../../layers/simulation/scenarios/Scenarios.ts"
import { Recorder } from "../../layers/simulation/recording/Recorder.ts"
import * as PureCompressing from "../../layers/PureCompressing.ts"
import * as NodeHashing from "../../layers/NodeHashing.ts"

const Task = Schema.Struct({
  scenario: Schema.String,
  config: ScenarioConfig,
  seed: Schema.Number,
  /** Whether what happened is wanted beside what came of it. */
  isRecorded: Schema.Boolean
})

const decode = Schema.decodeUnknownSync(Task)
const encode = Schema.encodeSync(ScenarioResult)

parentPort?.on("message", (message) => {
  const { config, isRecorded, scenario, seed } = decode(message)
  const found = scenarios.get(scenario)
  if (found === undefined) throw new Error(`no scenario ${scenario}`)
  // Node's own digests: they are the same, and so is the trace.
  const { hasher } = NodeHashing
  if (!isRecorded) {
    parentPort?.postMessage(encode(runScenario(found, config, seed, { hasher })))
    return
  }
  const recorder = new Recorder(hasher, PureCompressing.compressor)
  const { onEvent, onLook, onSent } = recorder
  const result = runScenario(found, config, seed, { hasher, onEvent, onLook, onSent })
  const recording = JSON.stringify(recorder.finish())
  parentPort?.postMessage({ result: encode(result), recording })
})
