/**
 * A node that a message could not be brought to.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { NodeId } from "./Ids.ts"

export class UnreachableError extends Schema.TaggedError<UnreachableError>()("UnreachableError", {
  peer: NodeId,
  reason: Schema.Literals([
    /** It is no direct peer, and no other way was asked for; or its connection has ended. */
    "NotConnected",
    /** Nobody in the network knows it. */
    "Unknown",
    /** It is known, but can't be dialled: it listens nowhere, or by no transport of ours. */
    "Undialable",
    /** It is known, but no dial has reached it. */
    "DialFailed",
    /** No nodes of our kind could carry the message to it. */
    "NoRoute",
    /** It was carried on its way, and no word of its arrival has come back: it may have arrived. */
    "NoWord",
    /** Too many searches are under way. */
    "Busy"
  ]),
  detail: Schema.String
}) {
  override get message() {
    return `can't reach ${this.peer} (${this.reason}): ${this.detail}`
  }
}
