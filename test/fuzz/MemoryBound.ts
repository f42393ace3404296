/**
 * What a node may take in memory at most, as the sum of what its limits allow. `docs/limits.md` shows the same
 * sum, and a test that both agree.
 */
import * as Limits from "../../src/domain/Limits.ts"

const KIB = 1024
const MIB = 1024 * KIB

export interface Part {
  readonly name: string
  readonly formula: string
  readonly bytes: number
}

/** Connections that there can be at once, in whatever state. */
const CONNECTIONS = Limits.INCOMING_MAX + Limits.PENDING_MAX + Limits.OUTGOING_MAX

export const parts: ReadonlyArray<Part> = [
  {
    name: "the process: runtime, code, and garbage that waits to be collected",
    formula: "512 MiB, set by observation",
    bytes: 512 * MIB
  },
  {
    name: "the relay cache, twice while a bucket of it grows",
    formula: "RELAY_CACHE_MAX_ENTRIES * 72 * 2",
    bytes: Limits.RELAY_CACHE_MAX_ENTRIES * 72 * 2
  },
  {
    name: "ids of senders, routes, and broadcasts of our own",
    formula: "(RECENT_SENDERS_MAX + ROUTES_MAX + RECENT_OWN_MAX) * 512",
    bytes: (Limits.RECENT_SENDERS_MAX + Limits.ROUTES_MAX + Limits.RECENT_OWN_MAX) * 512
  },
  {
    name: "each connection: its actors, its parser, its buckets",
    formula: "connections * 64 KiB",
    bytes: CONNECTIONS * 64 * KIB
  },
  {
    name: "bytes read ahead of each connection, and the chunk that was under way",
    formula: "connections * (READ_AHEAD_BYTES + 64 KiB)",
    bytes: CONNECTIONS * (Limits.READ_AHEAD_BYTES + 64 * KIB)
  },
  {
    name: "unfinished frames, and the one that is being joined",
    formula: "RECEIVING_MAX_BYTES + 2 * FRAME_BODY_MAX_BYTES",
    bytes: Limits.RECEIVING_MAX_BYTES + 2 * Limits.FRAME_BODY_MAX_BYTES
  },
  {
    name: "frames that wait for peers",
    formula: "BACKLOG_MAX_BYTES + connections * BACKLOG_SHARE_BYTES",
    bytes: Limits.BACKLOG_MAX_BYTES + CONNECTIONS * Limits.BACKLOG_SHARE_BYTES
  },
  {
    name: "the message that is being decompressed, and decoded",
    formula: "4 * FRAME_INFLATED_MAX_BYTES + VALUE_WEIGHT_MAX * 64",
    bytes: 4 * Limits.FRAME_INFLATED_MAX_BYTES + Limits.VALUE_WEIGHT_MAX * 64
  },
  {
    name: "the peer book, the accounts of hosts, and what is carried for others",
    formula: "(PEER_BOOK_MAX_ENTRIES + HOSTS_MAX_ENTRIES + CARRIES_MAX) * 2 KiB",
    bytes: (Limits.PEER_BOOK_MAX_ENTRIES + Limits.HOSTS_MAX_ENTRIES + Limits.CARRIES_MAX) * 2 * KIB
  },
  {
    name: "one subscriber that does not take its messages",
    formula: "SUBSCRIBER_MAX_BYTES",
    bytes: Limits.SUBSCRIBER_MAX_BYTES
  }
]

export const memoryBoundBytes = parts.reduce((sum, { bytes }) => sum + bytes, 0)
