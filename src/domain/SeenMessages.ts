/**
 * What a relay cache remembers: the digests of the broadcasts that a node has seen.
 *
 * Digests lie in buckets by the second that their message carries, so that adding, asking and forgetting
 * are O(1) for each message, whatever is remembered. Each bucket is a log (what was added, in order)
 * and an index made from it: the index is the state, the log its journal, and {@link SeenMessages.replay}
 * makes the one from the other.
 *
 * A full cache lets go of its oldest second as a whole, and from then on refuses what is not younger:
 * it may lose what is late, it never lets anything through twice.
 *
 * @since 0.1.0
 */
import { DigestSet } from "./DigestSet.ts"
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

export class SeenMessages {
  /** How many ids are remembered at most. */
  readonly capacity: number
  private readonly salt: number
  private readonly buckets = new Map<number, DigestSet>()
  private count = 0
  /** Messages remembered that were ahead of the clock when they came. */
  private leading = 0
  private sweptAt = 0
  /** Messages of this second and before are refused: their digests may have been let go. */
  private floor = -1

  /** `salt` is any integer that a sender can't know (see `DigestSet`). */
  constructor(capacity: number = RELAY_CACHE_MAX_ENTRIES, salt = 0) {
    this.capacity = capacity
    this.salt = salt
  }

  /** How many ids are remembered. */
  get size(): number {
    return this.count
  }

  /** The last second of which nothing is remembered any more; -1 while all is. */
  get forgottenUntil(): number {
    return this.floor
  }

  /** Whether a message of this second is remembered, by its digest at a position of some bytes. */
  has(second: number, bytes: Uint8Array, at: number): boolean {
    const bucket = this.buckets.get(second)
    return bucket !== undefined && bucket.has(bytes, at)
  }

  /** Judges a message, and remembers it if it is new. */
  offer(second: number, bytes: Uint8Array, at: number, nowSecond: number): Verdict {
    if (nowSecond !== this.sweptAt) this.sweep(nowSecond)
    const bucket = this.buckets.get(second)
    if (bucket !== undefined && bucket.has(bytes, at)) return "Duplicate"
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
    this.remember(second, bytes, at)
    return "New"
  }

  /** Forgets what is older than messages live. `offer` does so by itself, once a second. */
  sweep(nowSecond: number): void {
    this.sweptAt = nowSecond
    let leading = 0
    for (const [second, bucket] of this.buckets) {
      if (second < nowSecond - MESSAGE_AGE_MAX_SECONDS) this.drop(second, bucket)
      else if (second > nowSecond + CLOCK_TOLERANCE_SECONDS) leading += bucket.size
    }
    this.leading = leading
  }

  /** Makes the index anew from the log. */
  replay(): void {
    this.count = 0
    for (const bucket of this.buckets.values()) {
      bucket.replay()
      this.count += bucket.size
    }
  }

  /** Everything remembered as keys, oldest second first: for tests, and for whoever wants to look. */
  entries(): ReadonlyArray<readonly [second: number, keys: ReadonlyArray<string>]> {
    return [...this.buckets]
      .map(([second, bucket]) => [second, bucket.keys()] as const)
      .sort(([a], [b]) => a - b)
  }

  private remember(second: number, bytes: Uint8Array, at: number): void {
    let bucket = this.buckets.get(second)
    if (bucket === undefined) {
      bucket = new DigestSet(this.salt)
      this.buckets.set(second, bucket)
    }
    if (bucket.add(bytes, at)) this.count++
  }

  private letGoOldest(): void {
    let oldest = Number.POSITIVE_INFINITY
    for (const second of this.buckets.keys()) if (second < oldest) oldest = second
    const bucket = this.buckets.get(oldest)
    if (bucket !== undefined) this.drop(oldest, bucket)
  }

  /** The clock may be set back: what was dropped for its age must not come in again either. */
  private drop(second: number, bucket: DigestSet): void {
    this.floor = Math.max(this.floor, second)
    this.buckets.delete(second)
    this.count -= bucket.size
  }
}
