/**
 * What a node's metrics are: their names, and which of the node's numbers each one reads.
 *
 * Source: the conventions of Prometheus and OpenMetrics ("Metric and label naming"): base units, the unit
 * as a suffix, `_total` for counters, label values from closed sets.
 *
 * @since 0.1.0
 */
import * as HashMap from "effect/HashMap"
import * as ConnectionError from "../domain/ConnectionError.ts"
import { PeerKind, Role } from "../domain/HandshakeDecider.ts"
import { FRAME_LENGTH_BYTES } from "../domain/Limits.ts"
import { RefusalReason } from "../domain/RefusalReason.ts"
import type { Connections } from "./Connections.ts"
import type { Peers } from "./Peers.ts"
import type { Counters, Relay } from "./Relay.ts"
import type { ProtocolCounters } from "./ProtocolInbox.ts"
import type { RelayCache } from "./RelayCache.ts"
import type { Supervisor } from "./Supervisor.ts"

/** Where the figures are read. */
export interface Sources {
  readonly cache: RelayCache["Service"]
  readonly connections: Connections["Service"]
  readonly peers: Peers["Service"]
  readonly relay: Relay["Service"]
  readonly supervisor: Supervisor["Service"]
}

type Read = (sources: Sources) => number

/** One series of a family: its labels beside `node`, and its value. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly read: Read
}

/** All series of one name. */
export interface Family {
  readonly name: string
  readonly type: "Counter" | "Gauge"
  /** What one is: a base unit, or what is counted. */
  readonly unit: string
  readonly description: string
  readonly series: ReadonlyArray<Series>
}

const plain = (read: Read): ReadonlyArray<Series> => [{ labels: {}, read }]

const relayed = (read: (counters: Counters) => number) => plain(({ relay }) => read(relay.counters))

/** A series for each reason; what has none of them is counted as `Other`, so that the sum stays true. */
const byReason = (
  reasons: ReadonlyArray<string>,
  counts: (sources: Sources) => ReadonlyMap<string, number>
): ReadonlyArray<Series> => {
  const known = new Set(reasons)
  const rest: Read = (sources) => {
    let sum = 0
    for (const [reason, count] of counts(sources)) if (!known.has(reason)) sum += count
    return sum
  }
  const series = reasons.map((reason): Series => ({
    labels: { reason },
    read: (sources) => counts(sources).get(reason) ?? 0
  }))
  return [...series, { labels: { reason: "Other" }, read: rest }]
}

const END_REASONS = ConnectionError.Reason.members.flatMap(
  ({ literals }): ReadonlyArray<string> => literals
)

/** Outgoing figures: those of the connections that are gone, and of those that are there. */
const sent = (of: "framesOut" | "bytesOut"): ReadonlyArray<Series> =>
  plain(({ connections }) => {
    let sum = connections.tally[of]
    for (const { outbox } of connections.live()) sum += outbox[of]
    return sum
  })

const open: ReadonlyArray<Series> = Role.literals.flatMap((role) =>
  PeerKind.literals.map((kind): Series => ({
    labels: { role, kind },
    read: ({ connections }) =>
      connections.open().filter(({ peer }) => peer.role === role && peer.kind === kind).length
  }))
)

const pending: Read = ({ connections }) => {
  let count = 0
  for (const { isEnded, peer } of connections.live()) if (!isEnded && peer === undefined) count++
  return count
}

const outboxes = (fold: (sum: number, bytes: number) => number): ReadonlyArray<Series> =>
  plain(({ connections }) => {
    let result = 0
    for (const { outbox } of connections.live()) result = fold(result, outbox.bytes)
    return result
  })

const counter = (
  name: string,
  unit: string,
  series: ReadonlyArray<Series>,
  description: string
): Family => ({ name: `p2p_${name}_total`, type: "Counter", unit, description, series })

const gauge = (
  name: string,
  unit: string,
  series: ReadonlyArray<Series>,
  description: string
): Family => ({ name: `p2p_${name}`, type: "Gauge", unit, description, series })

/** Every metric of a node. `docs/observability.md` has the same in a table. */
export const families: ReadonlyArray<Family> = [
  counter(
    "messages_received",
    "messages",
    relayed(({ messagesIn }) => messagesIn),
    "Messages taken in from open connections, duplicates included"
  ),
  counter(
    "received_bytes",
    "bytes",
    relayed(({ bytesIn, messagesIn }) => bytesIn + messagesIn * FRAME_LENGTH_BYTES),
    "Bytes of those messages on the wire"
  ),
  counter(
    "messages_sent",
    "messages",
    sent("framesOut"),
    "Messages handed to transports, handshakes included"
  ),
  counter("sent_bytes", "bytes", sent("bytesOut"), "Bytes of those messages on the wire"),
  counter(
    "broadcasts",
    "broadcasts",
    relayed(({ broadcastsOut }) => broadcastsOut),
    "Broadcasts that this node made"
  ),
  counter(
    "messages_duplicate",
    "messages",
    relayed(({ duplicates }) => duplicates),
    "Broadcasts that came again, and were dropped"
  ),
  counter(
    "messages_relayed",
    "copies",
    relayed(({ relayed: copies }) => copies),
    "Copies of broadcasts given to peers' outboxes"
  ),
  counter(
    "messages_withheld",
    "copies",
    relayed(({ withheld }) => withheld),
    "Copies of broadcasts withheld because a peer's outbox was full"
  ),
  counter(
    "messages_dropped",
    "messages",
    (["Expired", "Forgotten", "Early"] as const).map((reason): Series => ({
      labels: { reason },
      read: ({ relay }) => relay.counters.dropped[reason]
    })),
    "Broadcasts dropped for their time"
  ),
  counter(
    "messages_unknown",
    "messages",
    relayed(({ unknown }) => unknown),
    "Messages whose flags nobody handles"
  ),
  counter(
    "messages_unreadable",
    "messages",
    relayed(({ unreadable }) => unreadable),
    "Broadcasts and carried whispers that could not be decoded here"
  ),
  counter(
    "handler_defects",
    "defects",
    relayed(({ handlerDefects }) => handlerDefects),
    "Messages whose handler threw"
  ),
  counter(
    "subscribers_lagged",
    "subscribers",
    relayed(({ subscribersLagged }) => subscribersLagged),
    "Subscribers to messages that fell too far behind, and were ended"
  ),
  counter(
    "refusals",
    "refusals",
    byReason(RefusalReason.literals, ({ connections }) => connections.refusals),
    "What the node has refused, by why"
  ),
  counter(
    "connections_opened",
    "connections",
    plain(({ connections }) => connections.tally.opened),
    "Connections whose handshake was done"
  ),
  counter(
    "connections_ended",
    "connections",
    byReason(END_REASONS, ({ connections }) => connections.tally.ended),
    "Open connections that ended, by why"
  ),
  counter(
    "connections_refused",
    "connections",
    byReason(END_REASONS, ({ connections }) => connections.tally.refused),
    "Connections that came to no handshake, by why"
  ),
  counter(
    "dials_failed",
    "dials",
    plain(({ connections }) => connections.tally.dialsFailed),
    "Dials by policy that reached nobody"
  ),
  counter(
    "actor_restarts",
    "restarts",
    plain(({ supervisor }) => supervisor.counters.restarts),
    "Restarts of actors after a failure"
  ),
  counter(
    "actor_escalations",
    "actors",
    plain(({ supervisor }) => supervisor.counters.escalations),
    "Actors given up"
  ),
  counter(
    "journal_failures",
    "batches",
    plain(({ supervisor }) => supervisor.counters.journalFailures),
    "Batches of events that the journal did not keep"
  ),
  gauge("connections_open", "connections", open, "Connections that are open"),
  gauge("connections_pending", "connections", plain(pending), "Connections in their handshake"),
  gauge(
    "outbox_bytes",
    "bytes",
    outboxes((sum, bytes) => sum + bytes),
    "Bytes that wait to leave, over all connections"
  ),
  gauge("outbox_largest_bytes", "bytes", outboxes(Math.max), "Bytes in the fullest outbox"),
  gauge(
    "relay_cache_messages",
    "messages",
    plain(({ cache }) => cache.size()),
    "Messages that the relay cache remembers"
  ),
  gauge(
    "relay_cache_max_messages",
    "messages",
    plain(({ cache }) => cache.seen.capacity),
    "Messages that the relay cache can remember"
  ),
  gauge(
    "peer_book_peers",
    "peers",
    plain(({ peers }) => HashMap.size(peers.book().entries)),
    "Peers in the peer book"
  )
]

/** What can become of a protocol's message, each exactly once: a new one that is not here does not compile. */
const OUTCOMES: { readonly [Outcome in keyof ProtocolCounters]: Outcome } = {
  received: "received",
  handled: "handled",
  failed: "failed",
  malformed: "malformed",
  refused: "refused",
  dropped: "dropped",
  forged: "forged"
}
export const PROTOCOL_OUTCOMES = Object.values(OUTCOMES)

/** The family of typed protocols: a series for each protocol of the node and each outcome. */
export const protocolMessages: Omit<Family, "series"> = {
  name: "p2p_protocol_messages_total",
  type: "Counter",
  unit: "messages",
  description: "Messages of typed protocols, by what became of them"
}
