/**
 * What has come of unfinished frames, of all peers of a node together, in bytes.
 *
 * One frame of each may be under way; hundreds of peers that all begin the largest one must not fill the memory.
 *
 * @since 0.1.0
 */
import { RECEIVING_MAX_BYTES } from "../domain/Limits.ts"

export class Receiving<Connection> {
  /** Bytes that are held. */
  bytes = 0
  /** Is told when they are too many. */
  onFull: () => void = () => undefined
  private readonly all = new Map<Connection, number>()

  /** What a connection holds of a frame that has not ended. Once for each chunk. */
  report(connection: Connection, held: number): void {
    const before = this.of(connection)
    if (held === before) return
    if (held === 0) this.all.delete(connection)
    else this.all.set(connection, held)
    this.bytes += held - before
    if (this.bytes > RECEIVING_MAX_BYTES) this.onFull()
  }

  of(connection: Connection): number {
    return this.all.get(connection) ?? 0
  }

  forget(connection: Connection): void {
    this.bytes -= this.of(connection)
    this.all.delete(connection)
  }
}
