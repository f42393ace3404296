/**
 * The links of a circulant graph: node i and the nodes at distance 1 to `peersEach / 2` after it
 * on a ring, each pair once, as [dialler, listener]. Every node has exactly `peersEach`
 * neighbours, half of which it dials; with eight nodes of four, nothing is further than two hops.
 */
export const edges = (
  nodes: number,
  peersEach: number
): ReadonlyArray<readonly [number, number]> => {
  if (peersEach % 2 !== 0 || peersEach >= nodes) {
    throw new RangeError(`no ring of ${nodes} nodes gives each ${peersEach} neighbours`)
  }
  const links: Array<readonly [number, number]> = []
  for (let node = 0; node < nodes; node++) {
    for (let distance = 1; distance <= peersEach / 2; distance++) {
      links.push([node, (node + distance) % nodes])
    }
  }
  return links
}

/** The neighbours of a node that were made before it: whoever dials just those gets the same links. */
export const olderNeighbours = (
  nodes: number,
  peersEach: number,
  node: number
): ReadonlyArray<number> =>
  edges(nodes, peersEach).flatMap(([from, to]) => {
    if (from === node) return to < node ? [to] : []
    return to === node && from < node ? [from] : []
  })
