/**
 * What a socket has received and nobody has pulled yet.
 *
 * Chunks are handed over by the array; while nobody pulls, the source is paused once `READ_AHEAD_BYTES` are
 * waiting, so that the sender feels it.
 *
 * @since 0.1.0
 */
import { isArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Effect from "effect/Effect"
import { READ_AHEAD_BYTES } from "../../domain/Limits.ts"
import type { TransportError } from "../../services/Transport.ts"

type Pulled = Effect.Effect<NonEmptyReadonlyArray<Uint8Array>, TransportError>

/** What an inbox is filled from. */
export interface Source {
  pause(): void
  resume(): void
}

export class Inbox {
  private readonly source: Source
  private chunks: Array<Uint8Array> = []
  private bytes = 0
  private isPaused = false
  private fault: TransportError | undefined
  private reader: ((pulled: Pulled) => void) | undefined

  constructor(source: Source) {
    this.source = source
  }

  /** Waits for chunks; then for the end, as often as it is asked. */
  readonly pull: Pulled = Effect.callback((resume) => {
    const ready = this.take()
    if (ready !== undefined) return resume(ready)
    this.reader = resume
    return Effect.sync(() => {
      this.reader = undefined
    })
  })

  push(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.bytes += chunk.length
    this.wake()
    if (this.bytes >= READ_AHEAD_BYTES && !this.isPaused) {
      this.isPaused = true
      this.source.pause()
    }
  }

  /** Nothing more comes, for this reason: the first one counts. */
  end(fault: TransportError): void {
    this.fault ??= fault
    this.wake()
  }

  private take(): Pulled | undefined {
    const chunks = this.chunks
    if (!isArrayNonEmpty(chunks)) {
      return this.fault === undefined ? undefined : Effect.fail(this.fault)
    }
    this.chunks = []
    this.bytes = 0
    if (this.isPaused) {
      this.isPaused = false
      this.source.resume()
    }
    return Effect.succeed(chunks)
  }

  private wake(): void {
    const reader = this.reader
    if (reader === undefined) return
    const ready = this.take()
    if (ready === undefined) return
    this.reader = undefined
    reader(ready)
  }
}
