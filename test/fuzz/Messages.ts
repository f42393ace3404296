/** What the processes of a run say to each other. */
import * as Schema from "effect/Schema"
import { RefusalReason } from "../../src/domain/RefusalReason.ts"

/** A process is ready; the node with the port that it listens on. */
export const Ready = Schema.TaggedStruct("Ready", { port: Schema.Int })

/** How the node is. */
export const Health = Schema.TaggedStruct("Health", {
  residentBytes: Schema.Number,
  peakResidentBytes: Schema.Number,
  cpuMillis: Schema.Number,
  connections: Schema.Int,
  handlerDefects: Schema.Int,
  /** Actors that have died, and unhandled rejections: none is what is wanted. */
  defects: Schema.Array(Schema.String),
  refusals: Schema.Record(RefusalReason, Schema.optionalKey(Schema.Int))
})
export type Health = typeof Health.Type

/** The attacker has closed all its connections; what it has tried since the run began. */
export const Rested = Schema.TaggedStruct("Rested", {
  steps: Schema.Int,
  cpuMillis: Schema.Number,
  tried: Schema.Record(Schema.String, Schema.Int),
  /** The steps that were under way last. */
  last: Schema.Array(Schema.Struct({ generator: Schema.String, step: Schema.Int }))
})
export type Rested = typeof Rested.Type

export const FromChild = Schema.Union([Ready, Health, Rested])
export type FromChild = typeof FromChild.Type

/** What a child is told. */
export const ToChild = Schema.Literals(["health", "attack", "rest"])
export type ToChild = typeof ToChild.Type
