/**
 * The outbox of one connection: frames on their way out, capped in bytes.
 *
 * Plain code, for each message of the relay path goes through it. The policy of a full outbox: a
 * broadcast is withheld from this peer (and counted), a direct message is refused to its sender, and
 * a peer that takes no byte at all for `OUTBOX_STALL_MILLIS` is dropped. No other peer waits.
 *
 * Frames leave together: the first of an event-loop turn schedules a flush for the turn's end, which
 * wakes the writer once for all of them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { SchedulerDispatcher } from "effect/Scheduler"
import * as Bytes from "../domain/Bytes.ts"
import {
  BACKLOG_SHARE_BYTES,
  OUTBOX_HIGH_WATER_BYTES,
  OUTBOX_MAX_BYTES,
  OUTBOX_RESERVE_BYTES,
  WRITE_GATHER_MAX_BYTES
} from "../domain/Limits.ts"
import { Backlog } from "./Backlog.ts"
import { Waiting } from "./Waiting.ts"

/** What a frame may use of the cap: a broadcast leaves the reserve to the others. */
export type Kind = "Broadcast" | "Direct"

export class Outbox {
  /** Broadcasts withheld because it was full. */
  withheld = 0
  /** Times that the transport has taken all that it was given. */
  writes = 0
  /** Frames handed to the transport so far, and their bytes. */
  framesOut = 0
  bytesOut = 0
  private readonly dispatcher: SchedulerDispatcher
  private readonly backlog: Backlog
  private readonly room = new Waiting()
  private readonly empty = new Waiting()
  private frames: Array<Uint8Array> = []
  private head = 0
  private queuedBytes = 0
  private writingBytes = 0
  /** What the transport was handed last, as one piece. */
  private writing: Uint8Array | undefined
  private flushScheduled = false
  private writer: (() => void) | undefined
  private isClosed = false

  constructor(dispatcher: SchedulerDispatcher, backlog: Backlog = new Backlog()) {
    this.dispatcher = dispatcher
    this.backlog = backlog
  }

  /** Waits until it is below the high-water mark. */
  get awaitRoom(): Effect.Effect<void> {
    return this.room.while(() => this.isAboveHighWater)
  }

  /** Waits until all of it is with the transport. */
  get awaitEmpty(): Effect.Effect<void> {
    return this.empty.while(() => !this.isEmpty)
  }

  /** Bytes waiting, those handed to the transport and not yet taken by it included. */
  get bytes(): number {
    return this.queuedBytes + this.writingBytes
  }

  get isEmpty(): boolean {
    return this.bytes === 0
  }

  /** Whether the transport is still busy with what it was given before. */
  get isBlocked(): boolean {
    return this.writingBytes > 0
  }

  get isAboveHighWater(): boolean {
    return this.bytes >= OUTBOX_HIGH_WATER_BYTES
  }

  /** Puts a frame in, to leave at the end of this turn. False where there is no room for it. */
  offer(frame: Uint8Array, kind: Kind): boolean {
    if (this.isClosed) return false
    const cap = kind === "Broadcast" ? OUTBOX_MAX_BYTES - OUTBOX_RESERVE_BYTES : OUTBOX_MAX_BYTES
    if (this.bytes > 0 && this.bytes + frame.length > cap) {
      if (kind === "Broadcast") this.withheld++
      return false
    }
    if (this.bytes + frame.length > BACKLOG_SHARE_BYTES && !this.backlog.hasRoom(frame)) {
      if (kind === "Broadcast") this.withheld++
      return false
    }
    this.backlog.hold(frame)
    this.frames.push(frame)
    // The first frame of a turn is to schedule its flush; while a write is under way, its end will.
    if (this.queuedBytes === 0) this.schedule()
    this.queuedBytes += frame.length
    return true
  }

  /** Whether there is something to write. */
  get hasFrames(): boolean {
    return this.queuedBytes > 0
  }

  /** Waits until there is something to write. At most one writer waits. */
  readonly awaitFrames: Effect.Effect<void> = Effect.callback((resume) => {
    if (this.queuedBytes > 0) return resume(Effect.void)
    // Nothing to undo: a call to a writer that is gone does nothing, and the next one takes its place.
    this.writer = () => resume(Effect.void)
  })

  /** Takes frames out, as one piece to write. `written` gives their room back. */
  take(): Uint8Array {
    const first = this.head
    let length = 0
    while (this.head < this.frames.length) {
      const next = this.frames[this.head]?.length ?? 0
      // One that is large goes alone, as it is: a copy for each peer would be many times its size.
      if (length > 0 && length + next > WRITE_GATHER_MAX_BYTES) break
      length += next
      this.head++
    }
    const taken = this.frames.slice(first, this.head)
    // What was taken is let go of, also by a connection whose outbox is never quite empty; and each frame is
    // moved but once, on the average.
    if (this.head * 2 >= this.frames.length) {
      this.frames = this.frames.slice(this.head)
      this.head = 0
    }
    this.queuedBytes -= length
    this.writingBytes += length
    this.framesOut += taken.length
    this.bytesOut += length
    const [only] = taken
    if (taken.length === 1 && only !== undefined) return this.handOver(only)
    for (const frame of taken) this.backlog.release(frame)
    const joined = Bytes.concat(taken, length)
    this.backlog.hold(joined)
    return this.handOver(joined)
  }

  private handOver(piece: Uint8Array): Uint8Array {
    this.writing = piece
    return piece
  }

  /** The transport has taken all that was handed to it. */
  written(): void {
    this.writes++
    this.writingBytes = 0
    this.releaseWriting()
    if (!this.isAboveHighWater) this.room.wake()
    if (this.isEmpty) this.empty.wake()
  }

  /** Refuses all from now on, and lets go of those who wait. */
  close(): void {
    this.isClosed = true
    for (let i = this.head; i < this.frames.length; i++) {
      const frame = this.frames[i]
      if (frame !== undefined) this.backlog.release(frame)
    }
    this.releaseWriting()
    this.frames = []
    this.head = 0
    this.queuedBytes = 0
    this.writingBytes = 0
    this.room.wake()
    this.empty.wake()
  }

  private releaseWriting(): void {
    if (this.writing !== undefined) this.backlog.release(this.writing)
    this.writing = undefined
  }

  private schedule(): void {
    if (this.flushScheduled) return
    this.flushScheduled = true
    this.dispatcher.scheduleTask(() => {
      this.flushScheduled = false
      // A writer that was busy has taken all of it meanwhile.
      if (this.queuedBytes === 0) return
      const writer = this.writer
      this.writer = undefined
      writer?.()
    }, 0)
  }
}
