/**
 * What goes wrong with a protocol's messages without harm to anything else: each is counted, and told to
 * whoever listens.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { NodeId } from "./Ids.ts"
import { Incompatibility } from "./ProtocolDefinition.ts"

const about = {
  protocol: Schema.String,
  /** The message's tag. */
  message: Schema.String,
  sender: NodeId
}

/** A message that is not as its schema wants it. */
export const Malformed = Schema.TaggedStruct("Malformed", {
  ...about,
  /** The schema's own words: which field, and what is wrong with it. */
  issue: Schema.String
})

/** A message from a node whose protocol of this name does not work with ours. */
export const Refused = Schema.TaggedStruct("Refused", {
  ...about,
  reason: Incompatibility,
  detail: Schema.String
})

/** A message that came while too many of its kind were waiting for a handler. */
export const Dropped = Schema.TaggedStruct("Dropped", about)

/** A whisper that names another sender than the peer that it came from. */
export const Forged = Schema.TaggedStruct("Forged", { ...about, peer: NodeId })

/** A handler that has failed, or died of a defect. */
export const HandlerFailed = Schema.TaggedStruct("HandlerFailed", {
  ...about,
  failure: Schema.String
})

export const ProtocolProblem = Schema.Union([Malformed, Refused, Dropped, Forged, HandlerFailed])
export type ProtocolProblem = typeof ProtocolProblem.Type
