/**
 * What has become of a node's connections, in plain numbers that whoever wants reads.
 *
 * @since 0.1.0
 */
import type { Reason } from "../domain/ConnectionError.ts"
import type { PeerEvent } from "../domain/PeerEvent.ts"
import type { Outbox } from "./Outbox.ts"

const increment = (counts: Map<Reason, number>, reason: Reason): void => {
  counts.set(reason, (counts.get(reason) ?? 0) + 1)
}

export class ConnectionTally {
  /** Handshakes that were done. */
  opened = 0
  /** Dials that reached nobody. */
  dialsFailed = 0
  /** Connections that were open, by why they ended. */
  readonly ended = new Map<Reason, number>()
  /** Connections that came to no handshake, by why. */
  readonly refused = new Map<Reason, number>()
  /** What connections that are gone had handed to their transports: frames, and their bytes. */
  framesOut = 0
  bytesOut = 0

  count(event: PeerEvent): void {
    switch (event._tag) {
      case "PeerConnected":
        this.opened++
        break
      case "PeerDisconnected":
        increment(this.ended, event.error.reason)
        break
      case "ConnectionRefused":
        increment(this.refused, event.error.reason)
        break
      case "DialFailed":
        this.dialsFailed++
    }
  }

  /** Keeps the figures of an outbox that nobody writes from any more. */
  retire(outbox: Outbox): void {
    this.framesOut += outbox.framesOut
    this.bytesOut += outbox.bytesOut
  }
}
