/**
 * What should happen in some runs, so that it means something that all of them are well: a sweep in which no
 * partition was ever healed has shown nothing about partitions.
 *
 * @since 0.1.0
 */

/** How often each of some named things has happened. */
export class Sometimes {
  private readonly counts: Map<string, number>

  /** All names are known from the start: what never happens stands in the table too. */
  constructor(names: Iterable<string>) {
    this.counts = new Map([...names].map((name) => [name, 0]))
  }

  /** It has happened, once or some times more. */
  sometimes(name: string, times = 1): void {
    if (times > 0) this.counts.set(name, (this.counts.get(name) ?? 0) + times)
  }

  /** How often each has, in the order in which they were named. */
  get table(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts)
  }
}
