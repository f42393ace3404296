/**
 * What the run of a scenario came to, as plain data.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ScenarioConfig } from "./ScenarioConfig.ts"
import { Violation } from "./Violation.ts"

const Numbers = Schema.Record(Schema.String, Schema.Number)

export const ScenarioResult = Schema.Struct({
  scenario: Schema.String,
  seed: Schema.Union([Schema.Number, Schema.String]),
  /** What it was run with; of a swarm the rates that were drawn. */
  config: ScenarioConfig,
  /** Equal for equal runs. */
  trace: Schema.String,
  /** Events that the trace covers. */
  events: Schema.Int,
  /** Virtual milliseconds. */
  elapsedMillis: Schema.Number,
  /** Faults that were injected, by kind. */
  faults: Numbers,
  /** Ids of the faults that were planned, for `ScenarioConfig.only`. */
  planned: Schema.Array(Schema.String),
  /** How often what makes a run mean something has happened. */
  sometimes: Numbers,
  /** Sums over all nodes and lives: what was said, heard, relayed, refused. */
  counters: Numbers,
  /** Invariants that did not hold; none where all is well. */
  violations: Schema.Array(Violation)
})
export type ScenarioResult = typeof ScenarioResult.Type
