/**
 * Whether a network is whole: of each subnet one piece, in which any two nodes have at most one connection, and
 * both know of it.
 *
 * @since 0.1.0
 */
import type { Connections } from "../../services/Connections.ts"
import type { Invariant } from "./Violation.ts"

/** A node as its network sees it; undefined connections while it is down. */
export interface Vertex {
  readonly name: string
  readonly subnet: string
  readonly connections: Connections["Service"] | undefined
}

/** What keeps a network from being whole. */
export interface Flaw {
  readonly invariant: Invariant
  readonly node: string | null
  readonly detail: string
}

/** Nodes of pieces that are named at most. */
const NAMED_MAX = 8

/**
 * What keeps a network from being whole; nothing where it is. `nameOf` knows whose an id is. Takes as long as
 * there are connections.
 */
export const flawsOf = (
  vertices: ReadonlyArray<Vertex>,
  nameOf: (id: string) => string | undefined
): ReadonlyArray<Flaw> => {
  const flaws: Array<Flaw> = []
  const subnets = new Map(vertices.map(({ name, subnet }) => [name, subnet]))
  const edges = new Map<string, Set<string>>()
  for (const { connections, name, subnet } of vertices) {
    if (connections === undefined) {
      flaws.push({ invariant: "Converges", node: name, detail: "the node is down" })
      continue
    }
    const neighbours = new Set<string>()
    edges.set(name, neighbours)
    for (const { peer } of connections.open()) {
      const other = nameOf(peer.id)
      if (other === undefined) {
        const detail = `a connection with ${peer.id}, who is nobody`
        flaws.push({ invariant: "Converges", node: name, detail })
      } else if (subnets.get(other) !== subnet) {
        const detail = `in ${subnet}, and connected with ${other}`
        flaws.push({ invariant: "SubnetsApart", node: name, detail })
      } else neighbours.add(other)
    }
    const living = new Map<string, number>()
    for (const { isEnded, peer } of connections.live()) {
      if (isEnded || peer === undefined) continue
      const count = (living.get(peer.id) ?? 0) + 1
      living.set(peer.id, count)
      if (count === 2) {
        const detail = `more than one connection with ${nameOf(peer.id) ?? peer.id}`
        flaws.push({ invariant: "OneConnection", node: name, detail })
      }
    }
  }
  for (const [name, neighbours] of edges) {
    for (const other of neighbours) {
      if (edges.get(other)?.has(name) === true) continue
      const detail = `${other} does not know of their connection`
      flaws.push({ invariant: "OneConnection", node: name, detail })
    }
  }
  return [...flaws, ...rifts(vertices, edges)]
}

/** Subnets that are in more than one piece. */
const rifts = (
  vertices: ReadonlyArray<Vertex>,
  edges: ReadonlyMap<string, ReadonlySet<string>>
): ReadonlyArray<Flaw> => {
  const pieces = new Map<string, Array<ReadonlyArray<string>>>()
  const seen = new Set<string>()
  for (const { name, subnet } of vertices) {
    if (seen.has(name) || !edges.has(name)) continue
    seen.add(name)
    const piece = [name]
    // Grows while it is gone through.
    for (const member of piece) {
      for (const other of edges.get(member) ?? []) {
        if (seen.has(other)) continue
        seen.add(other)
        piece.push(other)
      }
    }
    const all = pieces.get(subnet) ?? []
    all.push(piece)
    pieces.set(subnet, all)
  }
  return [...pieces].flatMap(([subnet, all]) => {
    if (all.length < 2) return []
    const named = all.map((piece) => {
      const more = piece.length > NAMED_MAX ? ` and ${piece.length - NAMED_MAX} more` : ""
      return `${piece.slice(0, NAMED_MAX).join(" ")}${more}`
    })
    const detail = `${subnet} is in ${all.length} pieces: ${named.join(" | ")}`
    return [{ invariant: "Converges", node: null, detail }]
  })
}
