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
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Address } from "../domain/Address.ts"
import { ConnectionError } from "../domain/ConnectionError.ts"
import { hostKey } from "../domain/HostKey.ts"
import * as Dialect from "../domain/Dialect.ts"
import type { Role } from "../domain/HandshakeDecider.ts"
import type { NodeId } from "../domain/Ids.ts"
import {
  HANDSHAKE_TIMEOUT_MILLIS,
  INCOMING_MAX,
  LINGER_MILLIS,
  PEER_EVENTS_MAX,
  SHUTDOWN_TIMEOUT_MILLIS
} from "../domain/Limits.ts"
import type { Endpoint } from "../domain/messages/Codec.ts"
import type { PeerEvent, PeerInfo } from "../domain/PeerEvent.ts"
import * as Refusal from "../domain/RefusalReason.ts"
import { Admission } from "./Admission.ts"
import { Compressing } from "./Compressing.ts"
import { ConnectionTally } from "./ConnectionTally.ts"
import { EventHub } from "./EventHub.ts"
import { Hashing } from "./Hashing.ts"
import type { Host } from "./Hosts.ts"
import { Identity, type Subnet } from "./Identity.ts"
import type { Peer } from "./Peer.ts"
import { PeerConnection } from "./PeerConnection.ts"
import { Relay } from "./Relay.ts"
import { type Open, RoutingTable } from "./RoutingTable.ts"
import { Supervisor } from "./Supervisor.ts"
import type { Duplex, Transport } from "./Transport.ts"

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
    /**
     * Waits until no connection to a node is open any more, and returns why the last one ended: of two between
     * the same nodes one ends, and nothing is lost by it. Undefined where there was none. `by` is one that it
     * had, and that may be over by now.
     */
    readonly gone: (id: NodeId, by?: PeerConnection) => Effect.Effect<ConnectionError | undefined>
    /**
     * The connection to a node that is kept in the stead of one that has ended or gives way, if there is one, or
     * comes in time.
     */
    readonly kept: (id: NodeId, over: PeerConnection) => Effect.Effect<Open | undefined>
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
  const context = yield* Effect.context<never>()
  const scope = yield* Effect.scope
  const clock = yield* Clock.Clock
  const dispatcher = yield* Effect.withFiber((fiber) => Effect.succeed(fiber.currentDispatcher))
  const events = new EventHub<PeerEvent>(PEER_EVENTS_MAX)
  yield* Effect.addFinalizer(() => events.close)

  const tally = new ConnectionTally()
  const live = new Set<PeerConnection>()
  const nowMillis = () => clock.currentTimeMillisUnsafe()
  const admission = new Admission(live, nowMillis, options.maxPerHost)
  const table = new RoutingTable({
    id: identity.id,
    live,
    maxIncoming: options.maxIncoming ?? INCOMING_MAX,
    relay,
    onReplaced: (open, detail) => {
      const { address, peer } = open.connection
      const why = { reason: "DuplicateConnection", by: "Us", address, detail } as const
      tellEnd(open, new ConnectionError({ ...why, peer: peer?.id ?? null }))
    },
    fork: (effect) => Fiber.runIn(Effect.runForkWith(context)(effect), scope)
  })
  const nobody = Latch.makeUnsafe(true)
  let lastNumber = 0
  let isStopping = false

  const publish = (event: PeerEvent) => {
    tally.count(event)
    events.publish(event)
  }

  const told = new WeakSet<Open>()
  /**
   * Tells of the end of an open connection, once: of one that gives way before the other one is told of, however
   * long it is still read from, so that the last that is heard of a peer is true.
   */
  const tellEnd = (open: Open, error: ConnectionError) => {
    if (told.has(open)) return
    told.add(open)
    publish({ _tag: "PeerDisconnected", peer: open.info, error })
  }

  /** Where the other end of a connection can dial us. */
  const endpointFor = (transport: Transport, duplex: Duplex): Endpoint => {
    const address = identity.listening.find(({ scheme }) => scheme === transport.scheme)
    if (address === undefined) return null
    // Bound to every interface, the one that this peer has reached is the one it can reach.
    const host = isWildcard(address.host) ? duplex.localHost : address.host
    return { host, port: address.port }
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

  const start = Effect.fnUntraced(function* (session: Session, host: Host) {
    const { duplex, role, subnets, transport } = session
    if (role === "Accepted") admission.makeRoom()
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
        work: admission.work,
        backlog: admission.backlog,
        receiving: admission.receiving,
        nowMillis,
        id: identity.id,
        spelledId: identity.spelled,
        endpoint: endpointFor(transport, duplex),
        unasked: Dialect.onlyOneOn(transport.encryption),
        receive: relay.receive,
        gate: relay.gate,
        onRefusal: admission.refuse
      }
    )
    live.add(connection)
    nobody.closeUnsafe()
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        connection.outbox.close()
        tally.retire(connection.outbox)
        admission.receiving.forget(connection)
        live.delete(connection)
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

  /** Lets the last frames out, for a limited time. */
  const linger = (connection: PeerConnection, { reason }: ConnectionError) =>
    connection.outbox.isEmpty || reason === "Closed" || reason === "Broken"
      ? Effect.void
      : Effect.asVoid(Effect.timeoutOption(connection.outbox.awaitEmpty, LINGER_MILLIS))

  /** The end of a connection that never got its place in the table. */
  const refused = Effect.fnUntraced(function* (connection: PeerConnection) {
    const { address, role } = connection
    const error = yield* Deferred.await(connection.ended)
    admission.settle(connection, error)
    publish({ _tag: "ConnectionRefused", address, role, error })
    yield* linger(connection, error)
    return error
  })

  /** The end of a connection before its beginning. Counted, and no more: a flood must not become one of events. */
  const turnAway = (session: Session, reason: Refusal.RefusalReason) => {
    admission.refuse(reason)
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
    const host = admission.hostOf(duplex.remote.host)
    if (role === "Accepted") {
      const reason = admission.admit(host)
      if (reason !== undefined) return turnAway(session, reason)
      host.accepted++
      yield* Effect.addFinalizer(() => Effect.sync(() => host.accepted--))
    }
    const connection = yield* start(session, host)
    const peer = yield* meet(connection)
    if (Option.isNone(peer)) return yield* refused(connection)
    const info = describe(peer.value, session)
    const open: Open = { connection, peer: peer.value, info, transport: session.transport }
    if ((yield* table.settle(open)) === "Ended") return yield* refused(connection)
    publish({ _tag: "PeerConnected", peer: info })
    yield* Effect.forkChild(session.onOpen(open))
    const error = yield* Effect.onInterrupt(Deferred.await(connection.ended), () =>
      Effect.sync(() => table.leave(open))
    )
    table.leave(open)
    admission.settle(connection, error)
    tellEnd(open, error)
    yield* linger(connection, error)
    return error
  })

  const shutdown = Effect.gen(function* () {
    isStopping = true
    for (const connection of live) connection.end("Stopping", "Us", "this node is stopping")
    yield* Effect.timeoutOption(nobody.await, SHUTDOWN_TIMEOUT_MILLIS)
  })

  return Connections.of({
    run,
    open: () => table.all,
    live: () => live,
    find: table.find,
    gone: table.gone,
    kept: table.kept,
    outgoing: () => [...live].filter(({ role }) => role === "Dialled").length,
    publish,
    onOpen: table.onOpen,
    tally,
    // Those that are there already come first, so that nobody who listens late waits in vain.
    events: Stream.unwrap(
      Effect.map(events.subscribe, (rest) => {
        const connected = table.all.map(({ info }): PeerEvent => ({
          _tag: "PeerConnected",
          peer: info
        }))
        return Stream.concat(Stream.fromIterable(connected), rest)
      })
    ),
    refusals: admission.refusals,
    isStopping: () => isStopping,
    shutdown
  })
})

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::" || host === ""
