/**
 * What must hold of one mesh node at any moment, seen from outside: its limits, and that its state is what its
 * journal replays to.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as HashMap from "effect/HashMap"
import * as Result from "effect/Result"
import { replay } from "../../domain/Decider.ts"
import { HandshakeDecider } from "../../domain/HandshakeDecider.ts"
import {
  INCOMING_MAX,
  OUTBOX_MAX_BYTES,
  PEER_BOOK_MAX_ENTRIES,
  PENDING_MAX,
  SPARES_MAX
} from "../../domain/Limits.ts"
import type { Connections } from "../../services/Connections.ts"
import type { Mesh } from "../../services/Mesh.ts"
import type { Peers } from "../../services/Peers.ts"
import type { RelayCache } from "../../services/RelayCache.ts"
import type { Supervisor } from "../../services/Supervisor.ts"
import type { Wrong } from "./Broadcasts.ts"
import type { Disk } from "./SimulatedJournal.ts"

/** The parts of a node that are looked at. */
export interface Parts {
  readonly mesh: Mesh["Service"]
  readonly connections: Connections["Service"]
  readonly peers: Peers["Service"]
  readonly cache: RelayCache["Service"]
  readonly supervisor: Supervisor["Service"]
}

/** The limits of a node that are exceeded, and its defects. Takes as long as it has connections. */
export const checkLimits = ({ cache, connections, mesh, peers }: Parts): ReadonlyArray<Wrong> => {
  const wrong: Array<Wrong> = []
  const limit = (what: string, value: number, max: number) => {
    if (value <= max) return
    wrong.push({ invariant: "WithinLimits", detail: `${what}: ${value} of ${max}` })
  }
  let pending = 0
  let seated = 0
  for (const { isEnded, outbox, peer, role } of connections.live()) {
    limit("bytes in an outbox", outbox.bytes, OUTBOX_MAX_BYTES)
    if (role !== "Accepted" || isEnded) continue
    if (peer === undefined) pending++
    else seated++
  }
  limit("pending connections", pending, PENDING_MAX)
  limit("accepted connections", seated, INCOMING_MAX + SPARES_MAX)
  limit("messages in the relay cache", cache.size(), cache.seen.capacity)
  limit("peers in the book", HashMap.size(peers.book().entries), PEER_BOOK_MAX_ENTRIES)
  const { handlerDefects } = Effect.runSync(mesh.counters)
  if (handlerDefects > 0) {
    wrong.push({ invariant: "NoDefects", detail: `${handlerDefects} handlers have thrown` })
  }
  return wrong
}

/**
 * The event-sourced actors of a node whose state is not what their journal replays to; takes as long as the
 * journal is. To be asked for while nothing of the node is under way.
 */
export const checkReplay = (
  { connections, supervisor }: Parts,
  disk: Disk
): ReadonlyArray<Wrong> => {
  const wrong: Array<Wrong> = []
  const differs = (actor: string) =>
    wrong.push({ invariant: "StateIsReplay", detail: `${actor} is not what its journal says` })
  for (const [name, { journaled }] of Effect.runSync(supervisor.actors)) {
    if (journaled === undefined) continue
    const kept = disk.storage.get(journaled.stream) ?? []
    const replayed = journaled.replay(kept.map(({ event }) => event))
    if (Result.isFailure(replayed)) {
      wrong.push({ invariant: "StateIsReplay", detail: `${name}: ${replayed.failure.message}` })
    } else if (!Equal.equals(replayed.success, journaled.state())) differs(name)
  }
  for (const { handshake, number } of connections.live()) {
    const replayed = replay(HandshakeDecider, handshake.events())
    if (!Equal.equals(replayed, handshake.state())) differs(`the handshake of connection ${number}`)
  }
  return wrong
}
