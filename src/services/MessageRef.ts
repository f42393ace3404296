/**
 * A message by its digest.
 *
 * @since 0.1.0
 */
import { type MessageId, messageId } from "../domain/Ids.ts"

/** A message by its digest; the id costs a conversion, and is made when it is asked for. */
export class MessageRef {
  /** SHA-256 of the packed message, 32 bytes. */
  readonly digest: Uint8Array
  constructor(digest: Uint8Array) {
    this.digest = digest
  }
  /** The digest in base58. */
  get id(): MessageId {
    return messageId(this.digest)
  }
}
