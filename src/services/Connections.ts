/**
 * The routing table: which connections a node has, and how each one lives and ends.
 *
 * One connection a peer and subnet: of two the rules of `HandshakeDecider` keep one. All ends, wanted or
 * not, come to one typed reason, and to one event that the user sees.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Address } from "../domain/Address.ts"
import { ConnectionError, type Reason } from "../domain/ConnectionError.ts"
import { hostKey } from "../domain/HostKey.ts"
import { dialledBySurvivor, type Role } from "../domain/HandshakeDecider.ts"
import type { NodeId } from "../domain/Ids.ts"
import {
  DRAIN_MILLIS,
  HANDSHAKE_TIMEOUT_MILLIS,
  HOST_ATTEMPT_LASTS_MILLIS,
  HOST_ATTEMPTS_OFFENCE,
  HOST_INCOMING_MAX,
  INCOMING_MAX,
  LINGER_MILLIS,
  PEER_EVENTS_MAX,
  PENDING_MAX,
  SHUTDOWN_TIMEOUT_MILLIS,
  SPARES_MAX,
  WORK_BURST_BYTES,
  WORK_BYTES_PER_SECOND
} from "../domain/Limits.ts"
import type { Endpoint } from "../domain/messages/Codec.ts"
import type { PeerEvent, PeerInfo } from "../domain/PeerEvent.ts"
import * as Refusal from "../domain/RefusalReason.ts"
import { TokenBucket } from "../domain/TokenBucket.ts"
import { Compressing } from "./Compressing.ts"
import { ConnectionTally } from "./ConnectionTally.ts"
import { EventHub } from "./EventHub.ts"
import { Hashing } from "./Hashing.ts"
import { type Host, Hosts } from "./Hosts.ts"
import { Identity, type Subnet } from "./Identity.ts"
import type { Peer } from "./Peer.ts"
import { PeerConnection } from "./PeerConnection.ts"
import { Relay } from "./Relay.ts"
import { Supervisor } from "./Supervisor.ts"
import type { Duplex, Transport } from "./Transport.ts"

/** An open connection, and what its peer is called here. */
export interface Open {
  readonly connection: PeerConnection
  readonly peer: Peer
  readonly info: PeerInfo
  readonly transport: Transport
}

/** How {@link Connections} runs one connection. */
export interface Session {
  readonly duplex: Duplex
  readonly transport: Transport
  readonly role: Role
  /** The subnets that would do: the one that is dialled, or all that the node is in. */
  readonly subnets: ReadonlyArray<Subnet>
  /** Runs once the handshake is done, beside the connection. */
  readonly onOpen: (open: Open) => Effect.Effect<void>
}

export interface ConnectionsOptions {
  /** Connections accepted at most. */
  readonly maxIncoming?: number | undefined
  /** Connections accepted from one host at most: to be raised where many peers share an address. */
  readonly maxPerHost?: number | undefined
}

export class Connections extends Context.Service<
  Connections,
  {
    /** Runs a connection from its first byte to its end; returns why it ended. */
    readonly run: (session: Session) => Effect.Effect<ConnectionError, never, Scope.Scope>
    /** The open ones, in the order in which they opened. */
    readonly open: () => ReadonlyArray<Open>
    /** All that there are: those in their handshake, open, spare, and about to end. */
    readonly live: () => Iterable<PeerConnection>
    /** An open connection to a node, in any subnet. */
    readonly find: (id: NodeId) => Open | undefined
    /** Connections that we dialled, those under way included. */
    readonly outgoing: () => number
    readonly publish: (event: PeerEvent) => void
    /** Registers who is called for each connection as it opens, before anything else comes by it. */
    readonly onOpen: (listener: (open: Open) => void) => void
    /** What has become of connections so far, in numbers. */
    readonly tally: ConnectionTally
    /** What befalls connections; begins with those that are open. */
    readonly events: Stream.Stream<PeerEvent>
    /** All that this node has refused, by its reason. */
    readonly refusals: ReadonlyMap<Refusal.RefusalReason, number>
    /** Whether the node is about to stop: nothing new is begun then. */
    readonly isStopping: () => boolean
    /** Ends all connections, and waits (a bounded time) until they are gone. */
    readonly shutdown: Effect.Effect<void>
  }
>()("effect-p2p/services/Connections") {
  static readonly layer = (
    options: ConnectionsOptions = {}
  ): Layer.Layer<Connections, never, Supervisor | Relay | Hashing | Compressing | Identity> =>
    Layer.effect(Connections, make(options))
}

const make = Effect.fnUntraced(function* (options: ConnectionsOptions) {
  const supervisor = yield* Supervisor
  const relay = yield* Relay
  const hasher = yield* Hashing
  const compressor = yield* Compressing
  const identity = yield* Identity
  const clock = yield* Clock.Clock
  const dispatcher = yield* Effect.withFiber((fiber) => Effect.succeed(fiber.currentDispatcher))
  const events = new EventHub<PeerEvent>(PEER_EVENTS_MAX)
  yield* Effect.addFinalizer(() => events.close)

  const tally = new ConnectionTally()
  const maxIncoming = options.maxIncoming ?? INCOMING_MAX
  const live = new Set<PeerConnection>()
  const table = new Map<string, Open>()
  const refusals = new Map<Refusal.RefusalReason, number>()
  const hosts = new Hosts()
  const work = new TokenBucket(
    WORK_BURST_BYTES,
    WORK_BYTES_PER_SECOND,
    clock.currentTimeMillisUnsafe()
  )
  const maxPerHost = options.maxPerHost ?? HOST_INCOMING_MAX
  const openListeners: Array<(open: Open) => void> = []
  const nobody = Latch.makeUnsafe(true)
  let lastNumber = 0
  let isStopping = false

  const publish = (event: PeerEvent) => {
    tally.count(event)
    events.publish(event)
  }

  const onRefusal = (reason: Refusal.RefusalReason) => {
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1)
  }

  /** Where the other end of a connection can dial us. */
  const endpointFor = (transport: Transport, duplex: Duplex): Endpoint => {
    const address = identity.listening.find(({ scheme }) => scheme === transport.scheme)
    if (address === undefined) return null
    // Bound to every interface, the one that this peer has reached is the one it can reach.
    const host = isWildcard(address.host) ? duplex.localHost : address.host
    return { host, port: address.port }
  }

  const count = (matches: (connection: PeerConnection) => boolean) => {
    let n = 0
    for (const connection of live) if (matches(connection)) n++
    return n
  }

  const isPending = ({ isEnded, peer, role }: PeerConnection) =>
    role === "Accepted" && peer === undefined && !isEnded

  /** Whether a connection holds one of the places for accepted ones. */
  const isSeated = ({ isEnded, peer, role }: PeerConnection) =>
    role === "Accepted" && peer !== undefined && !isEnded

  const key = (peer: Peer) => `${peer.subnet} ${peer.id}`

  /**
   * Enters an open connection in the table, unless it has to give way. Of two that the peer dialled it is
   * the peer that ends one: until it has, the later one is spare (the rival is returned).
   */
  const enter = (open: Open): "Entered" | "Ended" | { readonly rival: PeerConnection } => {
    const { connection, peer } = open
    if (connection.role === "Accepted" && count(isSeated) > maxIncoming) {
      connection.end("TooManyPeers", "Us", `at most ${maxIncoming} connections are accepted`)
      return "Ended"
    }
    const rival = table.get(key(peer))
    if (rival !== undefined) {
      const isSame = rival.connection.role === connection.role
      if (isSame && connection.role === "Accepted") {
        const isSibling = (other: PeerConnection) =>
          isSeated(other) && other.peer !== undefined && key(other.peer) === key(peer)
        if (count(isSibling) <= 1 + SPARES_MAX) return { rival: rival.connection }
      }
      const stays = !isSame && connection.role === dialledBySurvivor(identity.id, peer.id)
      const loser = stays ? rival.connection : connection
      loser.end("DuplicateConnection", "Us", "another connection to this peer is kept")
      if (!stays) return "Ended"
      leave(rival)
    }
    table.set(key(peer), open)
    relay.attach(connection)
    return "Entered"
  }

  /** Waits until an open connection has its place in the table, or has ended without one. */
  const settle = Effect.fnUntraced(function* (open: Open) {
    const { connection } = open
    while (true) {
      const entered = connection.isEnded ? "Ended" : enter(open)
      if (typeof entered === "string") return entered
      const { rival } = entered
      yield* Effect.raceFirst(Deferred.await(connection.ended), Deferred.await(rival.ended))
      // The rival's own fiber takes it out of the table, in this turn or the next.
      yield* Effect.yieldNow
    }
  })

  const leave = (open: Open) => {
    if (table.get(key(open.peer)) === open) table.delete(key(open.peer))
    relay.detach(open.connection)
  }

  const describe = (peer: Peer, session: Session): PeerInfo => {
    const { duplex, role, subnets, transport } = session
    const endpoint = peer.endpoint
    const subnet = subnets.find(({ id }) => id(transport.encryption) === peer.subnet)
    return {
      id: peer.id,
      address:
        endpoint === null
          ? duplex.remote
          : new Address({
              scheme: transport.scheme,
              host: isWildcard(endpoint.host) ? duplex.remote.host : endpoint.host,
              port: endpoint.port
            }),
      subnet: subnet?.name ?? "",
      role,
      kind: peer.kind
    }
  }

  /** Whether a host may have one more connection accepted, before anything is made for it. */
  const admit = (host: Host): "HostHasTooMany" | "HostTooFrequent" | undefined => {
    if (host.accepted >= maxPerHost) return "HostHasTooMany"
    return host.attempts.debtMillis(clock.currentTimeMillisUnsafe()) > 0
      ? "HostTooFrequent"
      : undefined
  }

  /** Makes room for one more handshake: the oldest of the host that has the most of them gives way. */
  const makeRoom = () => {
    const pending = new Map<Host, Array<PeerConnection>>()
    let total = 0
    for (const connection of live) {
      if (!isPending(connection)) continue
      total++
      const { host } = connection
      pending.set(host, [...(pending.get(host) ?? []), connection])
    }
    if (total < PENDING_MAX) return
    let most: ReadonlyArray<PeerConnection> = []
    for (const all of pending.values()) if (all.length > most.length) most = all
    most[0]?.end("TooManyPeers", "Us", `${PENDING_MAX} connections are in their handshake`)
  }

  /** What an accepted connection has cost its host, now that it is over. */
  const settleAccount = (connection: PeerConnection, sinceMillis: number, reason: Reason) => {
    if (connection.role !== "Accepted") return
    const nowMillis = clock.currentTimeMillisUnsafe()
    const { attempts } = connection.host
    if (OFFENCES.has(reason)) return attempts.spend(HOST_ATTEMPTS_OFFENCE, nowMillis)
    if (FAULTLESS.has(reason)) return
    if (nowMillis - sinceMillis < HOST_ATTEMPT_LASTS_MILLIS) attempts.spend(1, nowMillis)
  }

  const start = Effect.fnUntraced(function* (session: Session, host: Host) {
    const { duplex, role, subnets, transport } = session
    if (role === "Accepted") makeRoom()
    const connection = new PeerConnection(
      ++lastNumber,
      role,
      subnets.map(({ id }) => id(transport.encryption)),
      duplex,
      {
        hasher,
        compressor,
        dispatcher,
        host,
        work,
        nowMillis: () => clock.currentTimeMillisUnsafe(),
        id: identity.id,
        spelledId: identity.spelled,
        endpoint: endpointFor(transport, duplex),
        receive: relay.receive,
        gate: relay.gate,
        onRefusal
      }
    )
    live.add(connection)
    nobody.closeUnsafe()
    const sinceMillis = clock.currentTimeMillisUnsafe()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        connection.outbox.close()
        tally.retire(connection.outbox)
        live.delete(connection)
        const reason = connection.endReason ?? "Stopping"
        settleAccount(connection, sinceMillis, reason)
        if (live.size === 0) nobody.openUnsafe()
      })
    )
    const name = `PeerConnection/${connection.number}`
    const onEscalation = (error: Error) =>
      Effect.sync(() => connection.end("Escalated", "Us", error.message))
    yield* supervisor.supervise({ name: `${name}/reader`, run: connection.read, onEscalation })
    yield* supervisor.supervise({ name: `${name}/writer`, run: connection.write, onEscalation })
    return connection
  })

  /** Waits for the handshake, for a limited time. None where it came to nothing. */
  const meet = Effect.fnUntraced(function* (connection: PeerConnection) {
    connection.begin()
    if (isStopping) connection.end("Stopping", "Us", "this node is stopping")
    yield* Effect.raceFirst(
      Effect.raceFirst(Deferred.await(connection.opened), Deferred.await(connection.ended)),
      Effect.sleep(HANDSHAKE_TIMEOUT_MILLIS)
    )
    connection.giveUp(HANDSHAKE_TIMEOUT_MILLIS)
    return Option.fromUndefinedOr(connection.isEnded ? undefined : connection.peer)
  })

  /** Lets the last frames out, and in those that are to be read still; for a limited time. */
  const linger = Effect.fnUntraced(function* (connection: PeerConnection) {
    const { drained, outbox } = connection
    if (!outbox.isEmpty) yield* Effect.timeoutOption(outbox.awaitEmpty, LINGER_MILLIS)
    if (!connection.isDraining) return
    yield* Effect.timeoutOption(drained.await, DRAIN_MILLIS)
    connection.stopDraining()
  })

  /** The end of a connection that never got its place in the table. */
  const refused = Effect.fnUntraced(function* (connection: PeerConnection) {
    const { address, role } = connection
    const error = yield* Deferred.await(connection.ended)
    publish({ _tag: "ConnectionRefused", address, role, error })
    yield* linger(connection)
    return error
  })

  /** The end of a connection before its beginning. Counted, and no more: a flood must not become one of events. */
  const turnAway = (session: Session, reason: Refusal.RefusalReason) => {
    onRefusal(reason)
    return new ConnectionError({
      reason: "TooManyPeers",
      by: "Us",
      address: session.duplex.remote,
      peer: null,
      detail: `${hostKey(session.duplex.remote.host)}: ${reason}`
    })
  }

  const run = Effect.fnUntraced(function* (session: Session) {
    const { duplex, role } = session
    const host = hosts.of(duplex.remote.host, clock.currentTimeMillisUnsafe())
    if (role === "Accepted") {
      const reason = admit(host)
      if (reason !== undefined) return turnAway(session, reason)
      host.accepted++
      yield* Effect.addFinalizer(() => Effect.sync(() => host.accepted--))
    }
    const connection = yield* start(session, host)
    const peer = yield* meet(connection)
    if (Option.isNone(peer)) return yield* refused(connection)
    const info = describe(peer.value, session)
    const open: Open = { connection, peer: peer.value, info, transport: session.transport }
    if ((yield* settle(open)) === "Ended") return yield* refused(connection)
    for (const listener of openListeners) listener(open)
    publish({ _tag: "PeerConnected", peer: info })
    yield* Effect.forkChild(session.onOpen(open))
    const error = yield* Effect.onInterrupt(Deferred.await(connection.ended), () =>
      Effect.sync(() => leave(open))
    )
    leave(open)
    publish({ _tag: "PeerDisconnected", peer: info, error })
    yield* linger(connection)
    return error
  })

  const shutdown = Effect.gen(function* () {
    isStopping = true
    for (const connection of live) connection.end("Stopping", "Us", "this node is stopping")
    yield* Effect.timeoutOption(nobody.await, SHUTDOWN_TIMEOUT_MILLIS)
  })

  return Connections.of({
    run,
    open: () => [...table.values()],
    live: () => live,
    find: (id) => {
      for (const open of table.values()) if (open.peer.id === id) return open
      return undefined
    },
    outgoing: () => count(({ role }) => role === "Dialled"),
    publish,
    onOpen: (listener) => {
      openListeners.push(listener)
    },
    tally,
    // Those that are there already come first, so that nobody who listens late waits in vain.
    events: Stream.unwrap(
      Effect.map(events.subscribe, (rest) => {
        const connected = [...table.values()].map(({ info }): PeerEvent => ({
          _tag: "PeerConnected",
          peer: info
        }))
        return Stream.concat(Stream.fromIterable(connected), rest)
      })
    ),
    refusals,
    isStopping: () => isStopping,
    shutdown
  })
})

/** Ends by what a peer has said. */
const OFFENCES: ReadonlySet<Reason> = new Set<Reason>(["Malformed", "Flooding", "SlowFrame"])

/** Ends that say nothing of how a host behaves. */
const FAULTLESS: ReadonlySet<Reason> = new Set<Reason>([
  "SelfConnection",
  "DuplicateConnection",
  "Stopping",
  "Disconnected"
])

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::" || host === ""
