/**
 * Whom of too many to turn away: the one that has taken longest, of the host that has the most, so that no host
 * can crowd out all others.
 *
 * @since 0.1.0
 */

/** The first of those that share a key with the most others, in the order in which they are given. */
export const firstOfBusiest = <A, K>(
  items: Iterable<readonly [item: A, key: K]>
): A | undefined => {
  const byKey = new Map<K, Array<A>>()
  for (const [item, key] of items) {
    const all = byKey.get(key)
    if (all === undefined) byKey.set(key, [item])
    else all.push(item)
  }
  let most: ReadonlyArray<A> = []
  for (const all of byKey.values()) if (all.length > most.length) most = all
  return most[0]
}
