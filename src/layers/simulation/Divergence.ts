/**
 * Where two runs that should have been the same part: the first event that differs, and when it was.
 *
 * A run tells of each event with the trace's short form after it. The first two runs keep only these, four bytes
 * an event; a third one is told which event it is to look at.
 *
 * @since 0.1.0
 */
import { describe, type TraceEvent } from "./Trace.ts"

/** Runs something, and tells of each event of its trace. */
export type Recorded = (onEvent: (event: TraceEvent, hash: number) => void) => void

/** Where two runs part. */
export interface Divergence {
  /** Which event differs, from 0. */
  readonly index: number
  /** The event as yet another run has it, in words; undefined where that has ended before. */
  readonly event: string | undefined
  /** When that was, in virtual milliseconds since the run began. */
  readonly atMillis: number | undefined
}

/** Grows as it must: a run may have millions of events. */
class Hashes {
  length = 0
  private words = new Uint32Array(1024)

  push(hash: number): void {
    if (this.length === this.words.length) {
      const words = new Uint32Array(this.words.length * 2)
      words.set(this.words)
      this.words = words
    }
    this.words[this.length++] = hash
  }

  get list(): Uint32Array {
    return this.words.subarray(0, this.length)
  }
}

/** The hashes of one run, event by event. */
export const record = (run: Recorded): Uint32Array => {
  const hashes = new Hashes()
  run((_, hash) => hashes.push(hash))
  return hashes.list
}

/** The first place at which two lists differ, or one of them ends; undefined where they are equal. */
export const firstDifference = (
  one: ArrayLike<number>,
  other: ArrayLike<number>
): number | undefined => {
  const length = Math.min(one.length, other.length)
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return i
  return one.length === other.length ? undefined : length
}

/** Runs something twice, and once more where the two part; undefined where they don't. */
export const find = (run: Recorded): Divergence | undefined => {
  const index = firstDifference(record(run), record(run))
  if (index === undefined) return undefined
  let seen = 0
  let found: TraceEvent | undefined
  run((event) => {
    if (seen++ === index) found = event
  })
  return {
    index,
    event: found && describe(found),
    atMillis: found?.atMillis
  }
}
