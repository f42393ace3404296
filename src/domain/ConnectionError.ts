/**
 * Why a connection ended, or never came to be: one typed reason for each defined end.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Address } from "./Address.ts"
import { NodeId } from "./Ids.ts"
import { GoodbyeReason } from "./messages/ControlMessages.ts"

/** The reasons of a goodbye, and those that need no word. */
export const Reason = Schema.Union([
  GoodbyeReason,
  Schema.Literals([
    /** The peer refused for a reason that we don't know. */
    "Refused",
    /** The stream ended without a goodbye. */
    "Closed",
    /** The stream broke. */
    "Broken",
    /** A peer of our own kind has answered no heartbeat. */
    "Unresponsive",
    /** One of the connection's actors was given up. */
    "Escalated",
    /** We ended it because the user asked for it. */
    "Disconnected"
  ])
])
export type Reason = typeof Reason.Type

export class ConnectionError extends Schema.TaggedError<ConnectionError>()("ConnectionError", {
  reason: Reason,
  /** Whose decision it was. */
  by: Schema.Literals(["Us", "Peer"]),
  address: Address,
  /** Null where the handshake did not get as far. */
  peer: Schema.NullOr(NodeId),
  detail: Schema.String
}) {
  override get message() {
    const who = this.by === "Us" ? "we" : "the peer"
    return `connection with ${this.address} ended (${who}: ${this.reason}): ${this.detail}`
  }
}
