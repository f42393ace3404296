/**
 * What a relay cache remembers: the ids of the broadcasts that a node has seen.
 *
 * Ids lie in buckets by the second that their message carries, so that adding, asking and forgetting
 * are O(1) for each message, whatever is remembered. Each bucket is a log (what was added, in order)
 * and an index made from it: the index is the state, the log its journal, and {@link SeenMessages.replay}
 * makes the one from the other.
 *
 * A full cache lets go of its oldest second as a whole, and from then on refuses what is not younger:
 * it may lose what is late, it never lets anything through twice.
 *
 * @since 0.1.0
 */
import {
  MESSAGE_AGE_MAX_SECONDS,
  MESSAGE_LEAD_MAX_SECONDS,
  RELAY_CACHE_LEAD_DIVISOR,
  RELAY_CACHE_MAX_ENTRIES
} from "./Limits.ts"

/** What a cache says of a message. All but `New` are reasons to drop it. */
export type Verdict =
  /** Not seen before; it is remembered now. */
  | "New"
  /** Seen before. */
  | "Duplicate"
  /** Its time is further back than messages live. */
  | "Expired"
  /** Not younger than what a full cache had to let go. */
  | "Forgotten"
  /** Its time is further ahead than any honest clock, or too many such are remembered. */
  | "Early"

/** Seconds ahead of our clock that are nothing but a clock's error, and don't count as lead. */
const CLOCK_TOLERANCE_SECONDS = 5

interface Bucket {
  readonly log: Array<string>
  index: Set<string>
}

export class SeenMessages {
  private readonly capacity: number
  private readonly buckets = new Map<number, Bucket>()
  private count = 0
  /** Ids of messages that were ahead of the clock when they came. */
  private leading = 0
  private sweptAt = 0
  /** Messages of this second and before are refused: their ids may have been let go. */
  private floor = -1

  constructor(capacity: number = RELAY_CACHE_MAX_ENTRIES) {
    this.capacity = capacity
  }

  /** How many ids are remembered. */
  get size(): number {
    return this.count
  }

  /** The last second of which nothing is remembered any more; -1 while all is. */
  get forgottenUntil(): number {
    return this.floor
  }

  /** Whether the id of a message of this second is remembered. */
  has(second: number, id: string): boolean {
    const bucket = this.buckets.get(second)
    return bucket !== undefined && bucket.index.has(id)
  }

  /** Judges a message, and remembers it if it is new. */
  offer(second: number, id: string, nowSecond: number): Verdict {
    if (nowSecond !== this.sweptAt) this.sweep(nowSecond)
    const bucket = this.buckets.get(second)
    if (bucket !== undefined && bucket.index.has(id)) return "Duplicate"
    if (second < nowSecond - MESSAGE_AGE_MAX_SECONDS) return "Expired"
    if (second <= this.floor) return "Forgotten"
    if (second > nowSecond + CLOCK_TOLERANCE_SECONDS) {
      if (second > nowSecond + MESSAGE_LEAD_MAX_SECONDS) return "Early"
      if (this.leading >= this.capacity / RELAY_CACHE_LEAD_DIVISOR) return "Early"
      this.leading++
    }
    if (this.count >= this.capacity) {
      this.letGoOldest()
      if (second <= this.floor) return "Forgotten"
    }
    this.remember(second, id)
    return "New"
  }

  /** Forgets what is older than messages live. `offer` does so by itself, once a second. */
  sweep(nowSecond: number): void {
    this.sweptAt = nowSecond
    let leading = 0
    for (const [second, bucket] of this.buckets) {
      if (second < nowSecond - MESSAGE_AGE_MAX_SECONDS) this.drop(second, bucket)
      else if (second > nowSecond + CLOCK_TOLERANCE_SECONDS) leading += bucket.log.length
    }
    this.leading = leading
  }

  /** Makes the index anew from the log. */
  replay(): void {
    this.count = 0
    for (const bucket of this.buckets.values()) {
      bucket.index = new Set(bucket.log)
      this.count += bucket.index.size
    }
  }

  /** Everything remembered, oldest second first: for tests, and for whoever wants to look. */
  entries(): ReadonlyArray<readonly [second: number, ids: ReadonlyArray<string>]> {
    return [...this.buckets]
      .map(([second, bucket]) => [second, [...bucket.index]] as const)
      .sort(([a], [b]) => a - b)
  }

  private remember(second: number, id: string): void {
    let bucket = this.buckets.get(second)
    if (bucket === undefined) {
      bucket = { log: [], index: new Set() }
      this.buckets.set(second, bucket)
    }
    bucket.log.push(id)
    bucket.index.add(id)
    this.count++
  }

  private letGoOldest(): void {
    let oldest = Number.POSITIVE_INFINITY
    for (const second of this.buckets.keys()) if (second < oldest) oldest = second
    const bucket = this.buckets.get(oldest)
    if (bucket !== undefined) this.drop(oldest, bucket)
  }

  /** The clock may be set back: what was dropped for its age must not come in again either. */
  private drop(second: number, bucket: Bucket): void {
    this.floor = Math.max(this.floor, second)
    this.buckets.delete(second)
    this.count -= bucket.log.length
  }
}
