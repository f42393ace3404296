/**
 * The latest of many: beyond its capacity it forgets the oldest.
 *
 * @since 0.1.0
 */
export class Ring<A> {
  /** Those that were forgotten. */
  dropped = 0
  private readonly capacity: number
  private readonly kept: Array<A> = []
  private oldest = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  push(value: A): void {
    if (this.kept.length < this.capacity) {
      this.kept.push(value)
      return
    }
    this.dropped++
    this.kept[this.oldest] = value
    this.oldest = (this.oldest + 1) % this.capacity
  }

  /** Those that it holds, the oldest first. */
  get items(): ReadonlyArray<A> {
    return this.oldest === 0
      ? this.kept
      : [...this.kept.slice(this.oldest), ...this.kept.slice(0, this.oldest)]
  }
}
