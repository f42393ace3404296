/**
 * The routing table: the open connections of a node, one a peer and subnet. Of two to the same peer one gives
 * way, by the rules of `HandshakeDecider`.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { ConnectionError } from "../domain/ConnectionError.ts"
import { dialledBySurvivor } from "../domain/HandshakeDecider.ts"
import type { NodeId } from "../domain/Ids.ts"
import { HANDSHAKE_TIMEOUT_MILLIS, LINGER_MILLIS, SPARES_MAX } from "../domain/Limits.ts"
import type { PeerInfo } from "../domain/PeerEvent.ts"
import type { Peer } from "./Peer.ts"
import type { PeerConnection } from "./PeerConnection.ts"
import type { Relay } from "./Relay.ts"
import type { Transport } from "./Transport.ts"

/** An open connection, and what its peer is called here. */
export interface Open {
  readonly connection: PeerConnection
  readonly peer: Peer
  readonly info: PeerInfo
  readonly transport: Transport
}

/** What a table needs of its node. */
export interface TableOptions {
  readonly id: NodeId
  /** All connections that there are, as they come and go. */
  readonly live: ReadonlySet<PeerConnection>
  readonly maxIncoming: number
  readonly relay: Pick<Relay["Service"], "attach" | "detach">
  /** Is called for each that leaves to make room for another one to the same peer, before that enters. */
  readonly onReplaced: (open: Open, detail: string) => void
  /** Runs an effect apart, for as long as the node lives. */
  readonly fork: (effect: Effect.Effect<void>) => unknown
}

/** Why one of two gives way. */
const REPLACED = "another connection to this peer is kept"

const key = (peer: Peer) => `${peer.subnet} ${peer.id}`

/** Whether a connection holds one of the places for accepted ones. */
const isSeated = ({ isEnded, isRetiring, peer, role }: PeerConnection): boolean =>
  role === "Accepted" && peer !== undefined && !isEnded && !isRetiring

export class RoutingTable {
  private readonly options: TableOptions
  private readonly entries = new Map<string, Open>()
  private readonly listeners = new Set<(open: Open) => void>()

  constructor(options: TableOptions) {
    this.options = options
  }

  /** The open connections, in the order in which they opened. */
  get all(): ReadonlyArray<Open> {
    return [...this.entries.values()]
  }

  /** An open connection to a node, in any subnet. */
  readonly find = (id: NodeId): Open | undefined => {
    for (const open of this.entries.values()) if (open.peer.id === id) return open
    return undefined
  }

  /** Registers who is called for each connection that enters. */
  readonly onOpen = (listener: (open: Open) => void): void => {
    this.listeners.add(listener)
  }

  /** Waits until an open connection has its place in the table, or has ended without one. */
  readonly settle = Effect.fnUntraced({ self: this }, function* (open: Open) {
    const { connection } = open
    while (true) {
      const entered = connection.isEnded ? "Ended" : this.enter(open)
      if (entered === "Entered") for (const listener of this.listeners) listener(open)
      if (typeof entered === "string") return entered
      const { rival } = entered
      yield* Effect.raceFirst(Deferred.await(connection.ended), Deferred.await(rival.ended))
      // The rival's own fiber takes it out of the table, in this turn or the next.
      yield* Effect.yieldNow
    }
  })

  leave(open: Open): void {
    if (this.entries.get(key(open.peer)) === open) this.entries.delete(key(open.peer))
    this.options.relay.detach(open.connection)
  }

  /**
   * Waits until no connection to a node is open any more, and returns why the last one ended; undefined where
   * there was none. `by` is one that it had, and that may be over by now.
   */
  readonly gone = Effect.fnUntraced({ self: this }, function* (id: NodeId, by?: PeerConnection) {
    let error: ConnectionError | undefined
    let connection = by ?? this.find(id)?.connection
    while (connection !== undefined) {
      error = yield* Deferred.await(connection.ended)
      connection = (yield* this.kept(id, connection))?.connection
    }
    return error
  })

  /**
   * The connection to a node that is kept in the stead of one that has ended or gives way; waits for it as long
   * as a handshake may take, since the peer may know of it sooner. Undefined where there is none.
   */
  readonly kept = Effect.fnUntraced({ self: this }, function* (id: NodeId, over: PeerConnection) {
    if (over.isEnded) {
      const { reason } = yield* Deferred.await(over.ended)
      // Its own fiber takes it out of the table, in this turn or the next.
      while (this.find(id)?.connection === over) yield* Effect.yieldNow
      if (reason === "DuplicateConnection" && this.find(id) === undefined) yield* this.awaitOpen(id)
    }
    return this.find(id)
  })

  /**
   * Enters an open connection in the table, unless it has to give way. Of two that the peer dialled it is
   * the peer that ends one: until it has, the later one is spare (the rival is returned, as is one that is over
   * already).
   */
  private enter(open: Open): "Entered" | "Ended" | { readonly rival: PeerConnection } {
    const { connection, peer } = open
    const { id, maxIncoming, relay } = this.options
    if (connection.role === "Accepted" && this.count(isSeated) > maxIncoming) {
      connection.end("TooManyPeers", "Us", `at most ${maxIncoming} connections are accepted`)
      return "Ended"
    }
    const rival = this.entries.get(key(peer))
    if (rival !== undefined) {
      // One that is over gives way to nobody: it is about to leave, and to be told of for its own reason.
      if (rival.connection.isEnded) return { rival: rival.connection }
      const isSame = rival.connection.role === connection.role
      if (isSame && connection.role === "Accepted") {
        const isSibling = (other: PeerConnection) =>
          isSeated(other) && other.peer !== undefined && key(other.peer) === key(peer)
        if (this.count(isSibling) <= 1 + SPARES_MAX) return { rival: rival.connection }
      }
      const stays = !isSame && connection.role === dialledBySurvivor(id, peer.id)
      this.retire(stays ? rival.connection : connection)
      if (!stays) return "Ended"
      this.leave(rival)
      this.options.onReplaced(rival, REPLACED)
    }
    this.entries.set(key(peer), open)
    relay.attach(connection)
    return "Entered"
  }

  /** Lets a connection go in favour of another: at once, or when the peer has ended it too. */
  private retire(connection: PeerConnection): void {
    connection.retire(REPLACED)
    if (connection.isEnded) return
    const end = Effect.sync(() => connection.end("DuplicateConnection", "Us", REPLACED))
    this.options.fork(Effect.delay(end, LINGER_MILLIS))
  }

  /** Waits for a connection to a node to open, as long as a handshake may take. */
  private awaitOpen(id: NodeId) {
    return Effect.callback<void>((resume) => {
      const listener = ({ peer }: Open) => {
        if (peer.id !== id) return
        this.listeners.delete(listener)
        resume(Effect.void)
      }
      this.listeners.add(listener)
      return Effect.sync(() => this.listeners.delete(listener))
    }).pipe(Effect.timeoutOption(HANDSHAKE_TIMEOUT_MILLIS))
  }

  private count(matches: (connection: PeerConnection) => boolean): number {
    let n = 0
    for (const connection of this.options.live) if (matches(connection)) n++
    return n
  }
}
