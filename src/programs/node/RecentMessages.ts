/**
 * Who sent the messages that came last: what a reply by a message's id goes by.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { MessageId, type NodeId } from "../../domain/Ids.ts"

/**
 * Messages that can be replied to by their ids. Some 3 MiB when full; at a hundred messages a second an
 * answer may take two minutes.
 */
export const RECENT_MESSAGES_MAX = 16_384

/** A reply to a message that came too long ago, or never. */
export class UnknownMessageError extends Schema.TaggedError<UnknownMessageError>()(
  "UnknownMessageError",
  { to: MessageId, limit: Schema.Int }
) {
  override get message() {
    return `no message ${this.to} among the last ${this.limit}`
  }
}

export class RecentMessages {
  private readonly limit: number
  private readonly senders = new Map<MessageId, NodeId>()

  constructor(limit = RECENT_MESSAGES_MAX) {
    this.limit = limit
  }

  remember(id: MessageId, sender: NodeId): void {
    this.senders.set(id, sender)
    if (this.senders.size <= this.limit) return
    const [oldest] = this.senders.keys()
    if (oldest !== undefined) this.senders.delete(oldest)
  }

  /** The message's sender, or the error that says that it is not known. */
  find(id: MessageId): NodeId | UnknownMessageError {
    return this.senders.get(id) ?? new UnknownMessageError({ to: id, limit: this.limit })
  }
}
