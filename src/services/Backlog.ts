/**
 * What waits for all peers of a node together, in bytes of memory: a large frame that is on its way to many
 * counts once, for it is held once.
 *
 * Each outbox has a cap of its own, but there may be hundreds, and peers that don't read can fill them all with
 * frames of different moments. When this is full, the peer that lets most wait has to go.
 *
 * @since 0.1.0
 */
import { BACKLOG_LARGE_BYTES, BACKLOG_MAX_BYTES } from "../domain/Limits.ts"

export class Backlog {
  /** Bytes that are held. */
  bytes = 0
  /** Is told when there is no room. */
  onFull: () => void = () => undefined
  private readonly large = new Map<Uint8Array, number>()

  /** Whether there is room for a frame; if not, room is made for the ones to come. */
  hasRoom(frame: Uint8Array): boolean {
    if (this.bytes + frame.length <= BACKLOG_MAX_BYTES) return true
    if (this.large.has(frame)) return true
    this.onFull()
    return false
  }

  /** Counts a frame of one outbox. */
  hold(frame: Uint8Array): void {
    if (frame.length < BACKLOG_LARGE_BYTES) {
      this.bytes += frame.length
      return
    }
    const holders = this.large.get(frame) ?? 0
    if (holders === 0) this.bytes += frame.length
    this.large.set(frame, holders + 1)
  }

  /** The outbox that has counted a frame does not hold it any more. */
  release(frame: Uint8Array): void {
    if (frame.length < BACKLOG_LARGE_BYTES) {
      this.bytes -= frame.length
      return
    }
    const holders = this.large.get(frame) ?? 0
    if (holders > 1) {
      this.large.set(frame, holders - 1)
    } else if (holders === 1) {
      this.large.delete(frame)
      this.bytes -= frame.length
    }
  }
}
