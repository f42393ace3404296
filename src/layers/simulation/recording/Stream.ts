/**
 * One direction of one connection: what was written to it, and what of that has arrived, as messages.
 *
 * @since 0.1.0
 */
import * as Frame from "../../../domain/Frame.ts"
import { FRAME_LENGTH_BYTES } from "../../../domain/Limits.ts"
import type { Named, Namer } from "./Naming.ts"

/** A message that came, or did not. */
export interface Passed extends Named {
  /** When its last byte was written, in virtual milliseconds. */
  readonly sentMillis: number
  /** Bytes of its frame. */
  readonly bytes: number
}

/** Something written that has not all arrived. */
interface Written {
  readonly atMillis: number
  readonly bytes: Uint8Array
  /** Position in the stream at which it ends. */
  readonly end: number
}

export class Stream {
  private readonly namer: Namer
  private readonly parser = new Frame.Parser()
  private written: Array<Written> = []
  private writtenBytes = 0
  private arrivedBytes = 0
  private isFaultTold = false

  constructor(namer: Namer) {
    this.namer = namer
  }

  /** Bytes that were written and have not arrived. */
  get underWay(): number {
    return this.writtenBytes - this.arrivedBytes
  }

  write(atMillis: number, bytes: Uint8Array): void {
    this.writtenBytes += bytes.length
    this.written.push({ atMillis, bytes, end: this.writtenBytes })
  }

  /** Takes in a piece that has arrived, and tells of each message that is whole with it. */
  arrive(atMillis: number, piece: Uint8Array): ReadonlyArray<Passed> {
    this.parser.push(piece)
    this.arrivedBytes += piece.length
    const passed: Array<Passed> = []
    for (let body = this.parser.next(); body !== undefined; body = this.parser.next()) {
      const end = this.arrivedBytes - this.parser.buffered
      const sentMillis = this.sentMillis(end, atMillis)
      const bytes = body.length + FRAME_LENGTH_BYTES
      passed.push({ ...this.namer.name(body), sentMillis, bytes })
    }
    const { fault } = this.parser
    if (fault !== undefined && !this.isFaultTold) {
      this.isFaultTold = true
      passed.push(this.unreadable(fault.message, piece.length, atMillis))
    }
    this.forget(this.arrivedBytes)
    return passed
  }

  /** Nothing will arrive any more: tells of each message that is lost. */
  lose(): ReadonlyArray<Passed> {
    const passed: Array<Passed> = []
    // What arrives is forgotten meanwhile.
    const { written } = this
    for (const { atMillis, bytes, end } of written) {
      const missing = Math.min(bytes.length, end - this.arrivedBytes)
      if (missing > 0) passed.push(...this.arrive(atMillis, bytes.subarray(bytes.length - missing)))
    }
    this.written = []
    return passed
  }

  private unreadable(text: string, bytes: number, atMillis: number): Passed {
    const sentMillis = this.sentMillis(this.arrivedBytes, atMillis)
    return { kind: "unreadable", text, sender: undefined, digest: undefined, sentMillis, bytes }
  }

  /** When the byte before a position was written. */
  private sentMillis(end: number, otherwise: number): number {
    return this.written.find((written) => written.end >= end)?.atMillis ?? otherwise
  }

  private forget(end: number): void {
    let gone = 0
    while ((this.written[gone]?.end ?? Number.POSITIVE_INFINITY) <= end) gone++
    if (gone > 0) this.written = this.written.slice(gone)
  }
}
