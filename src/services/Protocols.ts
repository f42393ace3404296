/**
 * The protocols of a node: who has which name and flags, and what is announced to peers and heard from
 * them.
 *
 * Users see `services/Protocol.ts`, which puts schemas and handlers around it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Control, Main } from "../domain/Flags.ts"
import type { NodeId } from "../domain/Ids.ts"
import { ANNOUNCEMENT_TIMEOUT_MILLIS, PEER_EVENTS_MAX, PROTOCOLS_MAX } from "../domain/Limits.ts"
import type { Announcement } from "../domain/messages/ProtocolMessages.ts"
import * as WireMessage from "../domain/messages/WireMessage.ts"
import * as MessagePack from "../domain/MessagePack.ts"
import {
  check,
  ProtocolError,
  type ProtocolDefinition,
  type Versions
} from "../domain/ProtocolDefinition.ts"
import type { ProtocolProblem } from "../domain/ProtocolProblem.ts"
import { Asks } from "./Asks.ts"
import { Connections } from "./Connections.ts"
import type { Open } from "./RoutingTable.ts"
import { withMessage } from "./Decoding.ts"
import { EventHub } from "./EventHub.ts"
import { Identity } from "./Identity.ts"
import {
  type Kind,
  noCounters,
  type ProtocolCounters,
  ProtocolInbox,
  refusal,
  type Reply
} from "./ProtocolInbox.ts"
import { ProtocolLane } from "./ProtocolLane.ts"
import type { ProtocolPeer } from "./ProtocolShape.ts"
import { Relay } from "./Relay.ts"
import { Whispering } from "./Whispering.ts"

/** How a protocol receives. */
export interface Reception {
  readonly kinds: ReadonlyArray<Kind>
  /** Handlers of one kind that run at once. */
  readonly concurrency: number
  readonly onProblem: (problem: ProtocolProblem) => void
}

/** A protocol whose name and flags are claimed: what it needs of its node. */
export interface Claim {
  /** The node's id. */
  readonly id: NodeId
  readonly counters: ProtocolCounters
  readonly broadcast: Relay["Service"]["broadcast"]
  /** Whispers to any node of the network (`Whispering.toAnyone`). */
  readonly whisper: Whispering["Service"]["toAnyone"]
  readonly ask: Asks["Service"]["ask"]
  /** The direct peers, and what each has announced of the protocol. */
  readonly peers: () => ReadonlyArray<ProtocolPeer>
  /** The same as they announce it; begins with those that have. */
  readonly announcements: Stream.Stream<ProtocolPeer>
  /** Begins to receive, and tells the peers. */
  readonly open: (reception: Reception) => Effect.Effect<void>
  /**
   * The versions that a direct peer has announced, none where it does not have the protocol; waits a little
   * for one that has announced nothing yet. Undefined where nothing is known: the node is no
   * direct peer, or still silent.
   */
  readonly spokenBy: (
    node: NodeId
  ) => Effect.Effect<{ readonly versions: Versions | undefined } | undefined>
}

export class Protocols extends Context.Service<
  Protocols,
  {
    /**
     * Claims the name and the flags of a protocol for as long as the scope lives. Fails with
     * `ProtocolError` where it can't have them.
     */
    readonly claim: (
      definition: ProtocolDefinition
    ) => Effect.Effect<Claim, ProtocolError, Scope.Scope>
    /**
     * Registers who is told of each claim, with what the protocol has been through so far; what it returns is
     * called when the claim ends.
     */
    readonly onClaim: (
      listener: (name: string, counters: Readonly<ProtocolCounters>) => () => void
    ) => void
  }
>()("effect-p2p/services/Protocols") {
  static readonly layer: Layer.Layer<
    Protocols,
    never,
    Asks | Connections | Identity | Relay | Whispering
  > = Layer.effect(
    Protocols,
    Effect.suspend(() => make)
  )
}

/** What a peer has said of a protocol that it had not said before. */
interface Heard {
  readonly name: string
  readonly peer: ProtocolPeer
}

interface Entry {
  readonly definition: ProtocolDefinition
  readonly counters: ProtocolCounters
  inbox: ProtocolInbox | undefined
}

const make = Effect.gen(function* () {
  const asks = yield* Asks
  const connections = yield* Connections
  const identity = yield* Identity
  const relay = yield* Relay
  const whispering = yield* Whispering
  const context = yield* Effect.context<never>()
  const dispatcher = yield* Effect.withFiber((fiber) => Effect.succeed(fiber.currentDispatcher))
  const claimListeners: Array<Parameters<Protocols["Service"]["onClaim"]>[0]> = []
  const entries = new Map<string, Entry>()
  const heard = new EventHub<Heard>(PEER_EVENTS_MAX)
  yield* Effect.addFinalizer(() => heard.close)
  const owners = new Map<number, string>()

  const announcement = (): Announcement => ({
    _tag: "Announcement",
    protocols: [...entries.values()]
      .filter(({ inbox }) => inbox !== undefined)
      .map(({ definition: { minVersion, name, version } }) => ({ name, version, minVersion }))
  })
  const announceTo = ({ connection }: Open) => {
    if (connection.can("protocols")) connection.send(announcement())
  }
  const announce = Effect.sync(() => {
    for (const open of connections.open()) announceTo(open)
  })
  connections.onOpen(announceTo)
  relay.handle(Main.whisper, Control.announcement, (incoming) =>
    withMessage(incoming, (message) => {
      if (message._tag !== "Announcement") return
      const { from } = incoming
      const before = from.protocols
      const now = new Map(message.protocols.map(({ name, ...versions }) => [name, versions]))
      from.learnProtocols(now)
      const open = connections.open().find(({ connection }) => connection === from)
      if (open === undefined) return
      for (const name of entries.keys()) {
        const [was, is] = [before?.get(name), now.get(name)]
        if (was?.version === is?.version && was?.minVersion === is?.minVersion) continue
        heard.publish({ name, peer: { ...open.info, versions: is } })
      }
    })
  )
  relay.handle(Main.whisper, Control.cancel, (incoming) =>
    withMessage(
      incoming,
      (message) => {
        if (message._tag !== "Cancel") return
        // Only who has asked calls off; by its own connection, where it has one.
        if (!incoming.isCarried && incoming.senderKey !== incoming.from.peerKey) {
          return incoming.from.drop("BadSender")
        }
        for (const { inbox } of entries.values()) inbox?.cancel(message.number, incoming.senderKey)
      },
      "Errand"
    )
  )

  const claimFault = (definition: ProtocolDefinition): ProtocolError | undefined => {
    const { messages, name } = definition
    const fault = check(definition)
    if (fault !== undefined) return fault
    const fail = (reason: ProtocolError["reason"], detail: string) =>
      new ProtocolError({ protocol: name, reason, detail })
    if (entries.has(name)) return fail("NameTaken", "this node has a protocol of that name")
    if (entries.size >= PROTOCOLS_MAX) return fail("TooMany", `a node has ${PROTOCOLS_MAX} at most`)
    for (const { flag, tag } of messages) {
      const owner = owners.get(flag)
      if (owner === undefined) continue
      const taken = `0x${flag.toString(16)} of ${JSON.stringify(tag)}`
      return fail("FlagTaken", `${taken} is a flag of protocol ${JSON.stringify(owner)}`)
    }
    return undefined
  }

  const sendReply = (asker: NodeId, number: number, { outcome, value }: Reply) =>
    Effect.fromResult(
      Result.flatMap(
        WireMessage.encode({ _tag: "Answer", number, outcome, value }, "str"),
        MessagePack.encode
      )
    ).pipe(Effect.flatMap((payload) => whispering.toKnown(asker, payload)))

  /** An answer that can't be sent is an answer all the same: its asker would wait in vain for any other. */
  const answer = (asker: NodeId, number: number, reply: Reply) =>
    sendReply(asker, number, reply).pipe(
      Effect.catchTags({
        SendError: (error) =>
          error.reason === "TooLarge"
            ? sendReply(asker, number, refusal("TooLarge", error.detail))
            : Effect.fail(error),
        ValueEncodeError: () =>
          sendReply(asker, number, refusal("TooLarge", "its answer has more values than a message"))
      }),
      Effect.ignore({ log: "Debug" })
    )

  /** Leads the messages of a protocol to the lanes of their kinds; returns how to end it. */
  const lead = (inbox: ProtocolInbox, { concurrency, kinds }: Reception, scope: Scope.Scope) => {
    const ends = kinds.flatMap((kind) => {
      const fork = (effect: Effect.Effect<void>) =>
        Fiber.runIn(Effect.runForkWith(context)(effect), scope)
      const lane = new ProtocolLane(concurrency, fork, dispatcher)
      const removals = [Main.broadcast, Main.whisper].map((main) =>
        relay.handle(main, kind.flag, (incoming) => inbox.receive(kind, lane, incoming))
      )
      return [...removals, () => lane.close()]
    })
    return Effect.sync(() => {
      for (const end of ends) end()
      inbox.close()
    })
  }

  const spokenBy = Effect.fnUntraced(function* (name: string, node: NodeId) {
    const open = connections.find(node)
    if (open === undefined) return undefined
    const { connection } = open
    if (!connection.can("protocols")) return { versions: undefined }
    if (connection.protocols === undefined) {
      const told = Effect.raceFirst(connection.awaitProtocols, Deferred.await(connection.ended))
      yield* Effect.timeoutOption(told, ANNOUNCEMENT_TIMEOUT_MILLIS)
    }
    const { protocols } = connection
    return protocols === undefined ? undefined : { versions: protocols.get(name) }
  })

  const claim = Effect.fnUntraced(function* (definition: ProtocolDefinition) {
    const fault = claimFault(definition)
    if (fault !== undefined) return yield* fault
    const { messages, name } = definition
    const scope = yield* Effect.scope
    const entry: Entry = { definition, counters: noCounters(), inbox: undefined }
    entries.set(name, entry)
    for (const { flag } of messages) owners.set(flag, name)
    const ends = claimListeners.map((listener) => listener(name, entry.counters))
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        for (const end of ends) end()
        entries.delete(name)
        for (const { flag } of messages) owners.delete(flag)
        return announce
      })
    )
    const { counters } = entry
    const open: Claim["open"] = Effect.fnUntraced(function* (reception) {
      const { onProblem } = reception
      const inbox = new ProtocolInbox({
        definition,
        counters,
        onProblem,
        answer,
        fork: (effect) => Fiber.runIn(Effect.runForkWith(context)(effect), scope),
        gone: connections.gone,
        preferCarrying: whispering.preferCarrying
      })
      entry.inbox = inbox
      // Ended before its handlers are: while one is interrupted, those that wait must not take its place.
      const handlers = yield* Scope.fork(scope)
      yield* Scope.addFinalizer(scope, lead(inbox, reception, handlers))
      yield* announce
    })
    const peers = () =>
      connections.open().map(({ connection, info }) => ({
        ...info,
        versions: connection.protocols?.get(name)
      }))
    const claimed: Claim = {
      id: identity.id,
      counters,
      broadcast: relay.broadcast,
      whisper: whispering.toAnyone,
      ask: asks.ask,
      peers,
      announcements: Stream.unwrap(
        Effect.map(heard.subscribe, (rest) => {
          const known = peers().filter(({ versions }) => versions !== undefined)
          const ours = Stream.filter(rest, (one) => one.name === name)
          return Stream.concat(
            Stream.fromIterable(known),
            Stream.map(ours, ({ peer }) => peer)
          )
        })
      ),
      open,
      spokenBy: (node) => spokenBy(name, node)
    }
    return claimed
  })

  return Protocols.of({
    claim,
    onClaim: (listener) => {
      claimListeners.push(listener)
    }
  })
})
