/**
 * What a scenario is run with, as data: so that it can be printed, made smaller, and run again.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** What can befall a network. */
export const FaultKind = Schema.Literals([
  /** A group is cut off from another: both ways, one way, or a part from a part. */
  "partition",
  /** All between two neighbours stands still for a while. */
  "stall",
  /** What one sends to a neighbour stands still for a while. */
  "hold",
  /** The connections of two neighbours break. */
  "reset",
  /** What one sends to a neighbour never arrives any more, perhaps by new connections either, and nobody is told. */
  "halfOpen",
  /** Bits between two neighbours are flipped for a while. */
  "flipBits",
  /** A node reads slowly for a while. */
  "slowReader",
  /** A node ends without a word, perhaps in the middle of a write, and starts again after a while. */
  "crash",
  /** A node stops in order, and starts again after a while. */
  "stop",
  /** A process stands still for a while. */
  "pause",
  /** A clock is set forward or back. */
  "stepClock",
  /** A clock runs fast or slow. */
  "driftClock",
  /** The next writes of a disk fail. */
  "failWrites",
  /** A disk is slow for a while, so that a crash loses what it had not kept. */
  "slowDisk",
  /** An actor of a node dies of a defect. */
  "killActor"
])
export type FaultKind = typeof FaultKind.Type

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

export const ScenarioConfig = Schema.Struct({
  /** Nodes of the network: `n0`, `n1`, and so on. */
  nodes: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** Nodes of another subnet that join the same ones, and must be kept out: `x0`, `x1`, and so on. */
  outsiders: Count,
  /** Outgoing connections that a node seeks. */
  outgoing: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** Broadcasts a second, of the whole network. */
  broadcastsPerSecond: Amount,
  /** How long there is traffic and are faults. */
  safetyMillis: Amount,
  /** How long the network has to become one again, once the faults have ended. */
  livenessMillis: Amount,
  /** How often each kind of fault befalls a node, a minute. */
  faultsPerMinute: Schema.Record(FaultKind, Schema.optionalKey(Amount)),
  /** Whether the seed draws which kinds there are, and how often: those of `faultsPerMinute` are its middle. */
  isSwarm: Schema.Boolean,
  /** The faults that befall it, by their ids; all that are drawn, where it is absent. */
  only: Schema.optionalKey(Schema.Array(Schema.String))
})
export type ScenarioConfig = typeof ScenarioConfig.Type
