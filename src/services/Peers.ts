/**
 * The dial policy: whom to connect to, and when again.
 *
 * Peers that the user configured are always dialled; others, learned from peers, while there are fewer
 * outgoing connections than wanted. A peer that is lost, or can't be reached, is dialled again after a
 * jittered back-off. The peer book (event-sourced, journaled) says who is due; a supervised actor acts
 * on it, and sends the heartbeats.
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
import * as Random from "effect/Random"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Address from "../domain/Address.ts"
import type { ConnectionError } from "../domain/ConnectionError.ts"
import { Main, Sub } from "../domain/Flags.ts"
import type { NodeId } from "../domain/Ids.ts"
import {
  DIAL_LOOK_MILLIS,
  DIAL_TIMEOUT_MILLIS,
  HEARTBEAT_INTERVAL_MILLIS,
  OUTGOING_MAX,
  PEERS_LEARNED_MAX,
  REDIAL_MIN_MILLIS,
  PEER_LIST_INTERVAL_MILLIS
} from "../domain/Limits.ts"
import * as PeerBook from "../domain/PeerBookDecider.ts"
import { Connections } from "./Connections.ts"
import type { Open } from "./RoutingTable.ts"
import * as EventSourced from "./EventSourced.ts"
import { withMessage } from "./Decoding.ts"
import * as Heartbeats from "./Heartbeats.ts"
import { Identity, type Subnet } from "./Identity.ts"
import type { Journal, JournalError } from "./Journal.ts"
import { Listening } from "./Listening.ts"
import { type Incoming, Relay } from "./Relay.ts"
import { Supervisor } from "./Supervisor.ts"
import * as PeerExchange from "./PeerExchange.ts"
import { begin, detached } from "./Traced.ts"
import { type Listener, type Transport, TransportError, Transports } from "./Transport.ts"

export interface PeersOptions {
  /** Peers to be connected to, always; in every subnet of the node. */
  readonly join?: ReadonlyArray<Address.Address> | undefined
  /** Outgoing connections to seek. */
  readonly maxOutgoing?: number | undefined
}

export class Peers extends Context.Service<
  Peers,
  {
    /** The peer book as it stands. */
    readonly book: () => PeerBook.State
    /** Dials an address in a subnet now, whatever the policy; returns once the handshake is done. */
    readonly dial: (
      address: Address.Address,
      subnet: Subnet
    ) => Effect.Effect<Open, ConnectionError | TransportError>
  }
>()("effect-p2p/services/Peers") {
  static readonly layer = (
    options: PeersOptions = {}
  ): Layer.Layer<
    Peers,
    JournalError,
    Connections | Identity | Journal | Listening | Relay | Supervisor | Transports
  > => Layer.effect(Peers, make(options))
}

/** So many of them, drawn without putting back; all of them in any order, where there are no more. Moves the others. */
const draw = Effect.fnUntraced(function* <A>(from: Array<A>, count: number) {
  const drawn: Array<A> = []
  while (drawn.length < count && from.length > 0) {
    const at = yield* Random.nextIntBetween(0, from.length - 1)
    const last = from.pop()
    const picked = from[at] ?? last
    if (at < from.length && last !== undefined) from[at] = last
    if (picked !== undefined) drawn.push(picked)
  }
  return drawn
})

const make = Effect.fnUntraced(function* (options: PeersOptions) {
  const connections = yield* Connections
  const identity = yield* Identity
  const listening = yield* Listening
  const relay = yield* Relay
  const supervisor = yield* Supervisor
  const transports = yield* Transports
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const maxOutgoing = options.maxOutgoing ?? OUTGOING_MAX
  const book = yield* EventSourced.make({
    name: "PeerBook",
    decider: PeerBook.PeerBookDecider,
    event: PeerBook.Event
  })
  /** Opened when there may be something to do. */
  const wake = Latch.makeUnsafe(false)
  const dialling = new Set<string>()
  const context = yield* Effect.context<never>()

  /** A book that can't be written is a nuisance, not a reason to drop a connection. */
  const record = (command: PeerBook.Command) => Effect.ignore(book.dispatch(command))

  const recordLost = Effect.fnUntraced(function* (address: Address.Address, subnet: string) {
    const jitter = yield* Random.next
    yield* record({ _tag: "RecordLost", address, subnet, jitter })
  })

  /** The open connection that a message came in by, unless another is kept in its stead. */
  const openOf = ({ from }: Incoming) =>
    connections.open().find(({ connection }) => connection === from)

  const subnetNamed = (name: string) => identity.subnets.find((subnet) => subnet.name === name)

  const isOurselves = (address: Address.Address) =>
    identity.listening.some((own) => Address.equals(own, address))

  const onOpen = Effect.fnUntraced(function* (open: Open) {
    const { connection, info, peer } = open
    connection.lastListMillis = clock.currentTimeMillisUnsafe()
    connection.send(PeerExchange.listFor(open, connections.open()))
    wake.openUnsafe()
    if (peer.endpoint === null) return
    const { address, id, subnet } = info
    yield* record({ _tag: "LearnPeer", address, subnet, id, source: "Handshake" })
    yield* record({ _tag: "RecordReached", address, subnet, id })
  })

  /** What an ended connection means for the address that it was with. */
  const onEnd = Effect.fnUntraced(function* (
    address: Address.Address,
    subnet: string,
    error: ConnectionError
  ) {
    if (connections.isStopping()) return
    switch (error.reason) {
      case "DuplicateConnection":
        // Kept under another address, or so it says: only where it is true need it not be sought.
        if (error.peer !== null && connections.find(error.peer) !== undefined) {
          yield* record({ _tag: "RecordReached", address, subnet, id: error.peer })
          break
        }
        yield* recordLost(address, subnet)
        break
      case "SelfConnection":
        yield* record({ _tag: "ForgetPeer", address, subnet, reason: error.message })
        break
      default:
        yield* recordLost(address, subnet)
    }
    wake.openUnsafe()
  })

  /** Has a connection from its dial to its end; returns why it ended. */
  const converse = Effect.fnUntraced(function* (
    address: Address.Address,
    subnet: Subnet,
    opened: (open: Open) => Effect.Effect<unknown>
  ) {
    const transport = yield* transports.forAddress(address)
    const duplex = yield* Effect.timeoutOrElse(transport.dial(address), {
      duration: DIAL_TIMEOUT_MILLIS,
      orElse: () => {
        const detail = `no connection within ${DIAL_TIMEOUT_MILLIS} ms`
        return Effect.fail(new TransportError({ reason: "Dial", address, detail }))
      }
    })
    return yield* connections.run({
      duplex,
      transport,
      role: "Dialled",
      subnets: [subnet],
      onOpen: (open) => Effect.asVoid(Effect.andThen(onOpen(open), opened(open)))
    })
  })

  const connect = Effect.fnUntraced(function* (
    address: Address.Address,
    subnet: Subnet,
    opened: (open: Open) => Effect.Effect<unknown>
  ) {
    // A dial is done with the handshake; what comes after is not told of as a part of it.
    const end = yield* begin("Peers.dial", () => ({
      "p2p.node": identity.id,
      "p2p.address": Address.format(address),
      "p2p.subnet": subnet.name
    }))
    const attempt = detached(
      converse(address, subnet, (open) =>
        Effect.andThen(
          end(Exit.void, () => ({ "p2p.peer": open.peer.id })),
          opened(open)
        )
      )
    )
    return yield* Effect.onExit(attempt, (exit) =>
      end(Exit.isSuccess(exit) ? Exit.fail(exit.value) : exit)
    )
  }, Effect.scoped)

  /** Dials by policy: tells the book how it went, and nobody else but the events. */
  const dialByPolicy = Effect.fnUntraced(function* (entry: PeerBook.Entry) {
    const { address } = entry
    const subnet = subnetNamed(entry.subnet)
    if (subnet === undefined) return
    const result = yield* Effect.result(
      connect(address, subnet, (open) =>
        // The peer may call itself by another address than the one that we know it by.
        record({ _tag: "RecordReached", address, subnet: subnet.name, id: open.peer.id })
      )
    )
    if (Result.isSuccess(result)) return yield* onEnd(address, entry.subnet, result.success)
    connections.publish({ _tag: "DialFailed", address, detail: result.failure.message })
    yield* recordLost(address, entry.subnet)
    wake.openUnsafe()
  })

  /** Whatever a dial comes to, and were it to die, its address rests before it is dialled again. */
  const dialThenRest = (entry: PeerBook.Entry) =>
    Effect.ensuring(
      Effect.andThen(Effect.exit(dialByPolicy(entry)), Effect.sleep(REDIAL_MIN_MILLIS)),
      Effect.sync(() => {
        dialling.delete(PeerBook.key(entry))
        wake.openUnsafe()
      })
    )

  /** Starts the dials that are due. Returns when the next one will be, in Unix milliseconds. */
  const dialDue = Effect.gen(function* () {
    const nowMillis = clock.currentTimeMillisUnsafe()
    let nextMillis = Number.POSITIVE_INFINITY
    if (connections.isStopping()) return nextMillis
    // Strangers may fill the book and the table, and make this run: it looks at each of both once.
    // By id, too: on another transport a peer is in another subnet of that name.
    const byId = (address: Address.Address, subnet: string, id: NodeId | null) =>
      `${subnet} ${address.scheme} ${id}`
    const connected = new Set<string>()
    for (const { info } of connections.open()) {
      connected.add(byId(info.address, info.subnet, info.id))
      connected.add(PeerBook.key(info))
    }
    const isWanted = (entry: PeerBook.Entry, key: string) =>
      subnetNamed(entry.subnet) !== undefined &&
      !dialling.has(key) &&
      !connected.has(key) &&
      !connected.has(byId(entry.address, entry.subnet, entry.id))
    // A dial counts from its start, before there is a connection.
    const outgoing = Math.max(connections.outgoing(), dialling.size)
    const areLearnedSought = outgoing < maxOutgoing
    const configured: Array<readonly [key: string, entry: PeerBook.Entry]> = []
    const learned: Array<readonly [key: string, entry: PeerBook.Entry]> = []
    for (const [key, entry] of PeerBook.keyed(book.state())) {
      const isConfigured = entry.source === "Configured"
      if (!isConfigured && !areLearnedSought) continue
      const isDue = entry.retryAtMillis <= nowMillis
      // What it comes to is known already: most of the book, most of the time.
      if (!isDue && entry.retryAtMillis >= nextMillis) continue
      if (!isWanted(entry, key)) continue
      if (!isDue) nextMillis = entry.retryAtMillis
      else if (isConfigured) configured.push([key, entry])
      else learned.push([key, entry])
    }
    // Drawn, where there are more than are sought: were all nodes to dial the same ones first, these would be full.
    const drawn = yield* draw(learned, maxOutgoing - outgoing - configured.length)
    // Only these are put in order, so that every run goes through them alike.
    for (const [key, entry] of [...configured.sort(PeerBook.byKey), ...drawn]) {
      dialling.add(key)
      yield* Effect.forkIn(dialThenRest(entry), scope)
    }
    return nextMillis
  })

  const loop = Effect.gen(function* () {
    let heartbeatAtMillis = clock.currentTimeMillisUnsafe() + HEARTBEAT_INTERVAL_MILLIS
    while (true) {
      wake.closeUnsafe()
      const dialAtMillis = yield* dialDue
      const nowMillis = clock.currentTimeMillisUnsafe()
      if (nowMillis >= heartbeatAtMillis) {
        Heartbeats.beat(connections.live(), nowMillis)
        heartbeatAtMillis = nowMillis + HEARTBEAT_INTERVAL_MILLIS
      }
      // Whatever asks for a look meanwhile gets the same one.
      yield* Effect.sleep(DIAL_LOOK_MILLIS)
      const untilMillis = Math.min(dialAtMillis, heartbeatAtMillis)
      const leftMillis = untilMillis - clock.currentTimeMillisUnsafe()
      yield* Effect.timeoutOption(wake.await, Math.max(1, leftMillis))
    }
  })

  const onPeerList = (incoming: Incoming) => {
    // Looked at before it is decoded: a full list takes a millisecond or more.
    const nowMillis = clock.currentTimeMillisUnsafe()
    if (nowMillis - incoming.from.heardListMillis < PEER_LIST_INTERVAL_MILLIS) {
      return incoming.from.drop("TooManyControlMessages")
    }
    withMessage(incoming, (message) => {
      if (message._tag !== "PeerList") return
      const open = openOf(incoming)
      if (open === undefined) return
      incoming.from.heardListMillis = nowMillis
      const commands = PeerExchange.learnFrom(open, message.peers).filter(
        ({ address, id }) => id !== identity.id && !isOurselves(address)
      )
      const unknown = commands.filter((command) => !PeerBook.isKnown(book.state(), command))
      const learned = Effect.forEach(unknown.slice(0, PEERS_LEARNED_MAX), record, { discard: true })
      const session = Effect.andThen(
        learned,
        Effect.sync(() => wake.openUnsafe())
      )
      Fiber.runIn(Effect.runForkWith(context)(session), scope)
    })
  }
  relay.handle(Main.whisper, Sub.peers, onPeerList)
  relay.handle(Main.whisper, Sub.request, (incoming) => {
    if (!incoming.from.mayAsk(incoming.envelope)) return
    const open = openOf(incoming)
    const nowMillis = clock.currentTimeMillisUnsafe()
    if (
      open === undefined ||
      nowMillis - incoming.from.lastListMillis < PEER_LIST_INTERVAL_MILLIS
    ) {
      return
    }
    incoming.from.lastListMillis = nowMillis
    incoming.from.send(PeerExchange.listFor(open, connections.open()))
  })
  relay.handle(Main.renegotiate, Sub.compression, (incoming) =>
    withMessage(incoming, (message) => {
      if (message._tag === "Renegotiation") incoming.from.renegotiate(message.methods)
    })
  )
  Heartbeats.register(relay)

  // What an earlier life was told to join is no more than a peer that is known.
  const joined = new Set((options.join ?? []).map(Address.format))
  for (const { address, id, source, subnet } of PeerBook.entries(book.state())) {
    if (source !== "Configured" || joined.has(Address.format(address))) continue
    yield* record({ _tag: "ForgetPeer", address, subnet, reason: "no longer configured" })
    if (id !== null) yield* record({ _tag: "LearnPeer", address, subnet, id, source: "Handshake" })
  }
  for (const address of options.join ?? []) {
    if (isOurselves(address)) continue
    for (const { name: subnet } of identity.subnets) {
      yield* record({ _tag: "LearnPeer", address, subnet, id: null, source: "Configured" })
    }
  }
  /** Accepts a connection, and runs it apart: the listener's death does not touch it. */
  const acceptOne = Effect.fnUntraced(function* (listener: Listener, transport: Transport) {
    const own = yield* Scope.fork(scope)
    const duplex = yield* Effect.onError(Scope.provide(listener.accept, own), () =>
      Scope.close(own, Exit.void)
    )
    const session = Effect.andThen(
      connections.run({ duplex, transport, role: "Accepted", subnets: identity.subnets, onOpen }),
      Effect.sync(() => wake.openUnsafe())
    )
    yield* Effect.forkIn(
      Effect.onExit(Scope.provide(session, own), (exit) => Scope.close(own, exit)),
      scope
    )
  })

  for (const listener of listening.listeners) {
    const transport = yield* Effect.orDie(transports.forAddress(listener.address))
    yield* supervisor.supervise({
      name: `Listener/${Address.format(listener.address)}`,
      run: Effect.forever(acceptOne(listener, transport))
    })
  }
  yield* supervisor.supervise({ name: "Peers", run: loop })

  const dial = Effect.fnUntraced(function* (address: Address.Address, subnet: Subnet) {
    const opened = yield* Deferred.make<Open, ConnectionError | TransportError>()
    const attempt = connect(address, subnet, (open) => Deferred.succeed(opened, open))
    const reported = Effect.matchEffect(attempt, {
      onFailure: (error) => Deferred.fail(opened, error),
      onSuccess: (error) => Deferred.fail(opened, error)
    })
    yield* Effect.forkIn(reported, scope)
    return yield* Deferred.await(opened)
  })

  return Peers.of({ book: book.state, dial })
})
