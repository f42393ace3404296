/**
 * A token bucket: how much may be done at once, and how much a second in the long run.
 *
 * Plain arithmetic on a time that is handed in. It may be used in two ways: ask first ({@link TokenBucket.take}),
 * or pay afterwards what a work has cost, and rest while in debt ({@link TokenBucket.spend}).
 *
 * Source: the token bucket of RFC 2697 and RFC 2698, without their colours.
 *
 * @since 0.1.0
 */
export class TokenBucket {
  private readonly capacity: number
  private readonly perSecond: number
  private tokens: number
  private atMillis: number

  /** Begins full. */
  constructor(capacity: number, perSecond: number, nowMillis: number) {
    this.capacity = capacity
    this.perSecond = perSecond
    this.tokens = capacity
    this.atMillis = nowMillis
  }

  /** Takes some tokens if they are all there; whether they were. */
  take(count: number, nowMillis: number): boolean {
    this.refill(nowMillis)
    if (this.tokens < count) return false
    this.tokens -= count
    return true
  }

  /** Takes tokens, be they there or not. */
  spend(count: number, nowMillis: number): void {
    this.refill(nowMillis)
    this.tokens -= count
  }

  /** Milliseconds until it is out of debt; 0 where it is in none. */
  debtMillis(nowMillis: number): number {
    this.refill(nowMillis)
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens * 1000) / this.perSecond)
  }

  /** Whether nothing is missing: then it remembers nothing, either. */
  isFull(nowMillis: number): boolean {
    this.refill(nowMillis)
    return this.tokens >= this.capacity
  }

  private refill(nowMillis: number): void {
    // A clock that was set back refills nothing.
    const passedMillis = Math.max(0, nowMillis - this.atMillis)
    this.atMillis = nowMillis
    this.tokens = Math.min(this.capacity, this.tokens + (passedMillis * this.perSecond) / 1000)
  }
}
