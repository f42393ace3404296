/**
 * What a simulation promises, and what it says where that does not hold.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** What must always hold of a mesh, whatever befalls it. */
export const Invariant = Schema.Literals([
  /** One life of a node is told of each broadcast at most once; a life that follows may hear it again. */
  "AtMostOnce",
  /** What arrives was sent: by that node, to this one, and as it arrived. */
  "Genuine",
  /** Nothing gets from one subnet to another. */
  "SubnetsApart",
  /** Once the faults have ended, the nodes of a subnet are one network within a stated time. */
  "Converges",
  /** By then any two nodes have at most one connection, which both know of. */
  "OneConnection",
  /** What is broadcast after that reaches every node of the subnet. */
  "ReachesAll",
  /** And so does an answer, whoever is connected with whom, and soon. */
  "AnswersArrive",
  /** A broadcast costs no more payloads than a flood does, (2l - 1) n + 1: nobody sends it twice, or back. */
  "FloodsOnce",
  /** The state of each event-sourced actor is what its journal replays to. */
  "StateIsReplay",
  /** A node is who it was in its earlier lives. */
  "SameIdentity",
  /** No limit of a node is exceeded, and nobody is dialled without a pause. */
  "WithinLimits",
  /** No actor fails by itself, and no handler. */
  "NoDefects",
  /** A node that is told to stop does so in a stated time. */
  "StopsInTime",
  /**
   * No connection stays between its handshake and its end; after the stop none is open, no fiber sleeps and no
   * actor is left.
   */
  "NothingLeft",
  /** The program of the run ends, and does not fail. */
  "ProgramEnds"
])
export type Invariant = typeof Invariant.Type

/** An invariant that did not hold. */
export class Violation extends Schema.Class<Violation>("Violation")({
  invariant: Invariant,
  /** The node that it was seen at; null for the network as a whole. */
  node: Schema.NullOr(Schema.String),
  /** Virtual milliseconds since the run began. */
  atMillis: Schema.Number,
  detail: Schema.String
}) {
  override toString() {
    const where = this.node === null ? "" : ` at ${this.node}`
    return `${this.invariant}${where} after ${this.atMillis} ms: ${this.detail}`
  }
}
