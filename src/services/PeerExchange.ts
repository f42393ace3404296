/**
 * Peer exchange: what one peer is told of the others, and what is learned from its list.
 *
 * Source: the 0.7 wire protocol, "Handshake, peers, requests".
 *
 * @since 0.1.0
 */
import { Address } from "../domain/Address.ts"
import { PEERS_MESSAGE_MAX_ENTRIES } from "../domain/Limits.ts"
import type { PeerEntry, PeerList } from "../domain/messages/PeerMessages.ts"
import type { LearnPeer } from "../domain/PeerBookDecider.ts"
import type { Open } from "./RoutingTable.ts"
import type { Peer } from "./Peer.ts"

/**
 * Whether two peers of ours could shake hands with each other: two old ones only in one dialect.
 * Source: the 0.7 wire protocol, "Two dialects".
 */
const canMeet = (a: Peer, b: Peer): boolean =>
  a.kind === "Ours" || b.kind === "Ours" || a.dialect === b.dialect

/**
 * The peers message for a peer: whom of its subnet we are connected to, and where they can be dialled.
 *
 * An old peer is told only of peers that it can talk to: one that dials the other dialect is refused,
 * and remembers a dead peer for ever (py2p then asks all others for it without a pause). js2p is told
 * of one at most: a second unknown one throws it off the connection.
 */
export const listFor = (to: Open, all: ReadonlyArray<Open>): PeerList => {
  const known = all.filter(
    ({ peer }) =>
      peer.subnet === to.peer.subnet &&
      peer.id !== to.peer.id &&
      peer.endpoint !== null &&
      canMeet(to.peer, peer)
  )
  const isJs2p = to.peer.kind === "Old" && to.peer.dialect === "str"
  return {
    _tag: "PeerList",
    peers: known.slice(isJs2p ? -1 : -PEERS_MESSAGE_MAX_ENTRIES).map(({ info }) => ({
      endpoint: { host: info.address.host, port: info.address.port },
      id: info.id
    }))
  }
}

/** What a peer's list is worth to the peer book: those of its entries that could be dialled. */
export const learnFrom = (
  from: Open,
  peers: ReadonlyArray<PeerEntry>
): ReadonlyArray<typeof LearnPeer.Type> =>
  peers.flatMap(({ endpoint, id }) => {
    if (endpoint === null || endpoint.host === "" || endpoint.port === 0) return []
    const address = new Address({ scheme: from.transport.scheme, ...endpoint })
    const { subnet } = from.info
    return [{ _tag: "LearnPeer", address, subnet, id, source: "Exchange" }]
  })
