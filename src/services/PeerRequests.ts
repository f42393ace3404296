/**
 * How a node finds one that it is not connected to: it asks the whole network, and dials the answer.
 *
 * Source: the 0.7 wire protocol, "Handshake, peers, requests"; docs/protocol.md, "Searches".
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { Address } from "../domain/Address.ts"
import type { Dialect } from "../domain/Dialect.ts"
import * as Envelope from "../domain/Envelope.ts"
import { Main, Sub } from "../domain/Flags.ts"
import { isNodeId, type NodeId } from "../domain/Ids.ts"
import {
  PEER_REQUEST_TIMEOUT_MILLIS,
  PEER_REQUESTS_MAX,
  UNDIALABLE_GRACE_MILLIS
} from "../domain/Limits.ts"
import type { Endpoint } from "../domain/messages/Codec.ts"
import { OWN_REQUEST_PREFIX } from "../domain/messages/PeerMessages.ts"
import * as WireMessage from "../domain/messages/WireMessage.ts"
import * as MessagePack from "../domain/MessagePack.ts"
import { UnreachableError } from "../domain/UnreachableError.ts"
import { Connections } from "./Connections.ts"
import type { Open } from "./RoutingTable.ts"
import { withMessage } from "./Decoding.ts"
import { Identity } from "./Identity.ts"
import { Peers } from "./Peers.ts"
import { type Incoming, Relay } from "./Relay.ts"
import { traced } from "./Traced.ts"
import { Transports } from "./Transport.ts"

/** A search under way. */
interface Search {
  readonly id: NodeId
  readonly answer: Deferred.Deferred<NonNullable<Endpoint>>
  /** Completes when somebody is connected to the node, and says that it can't be dialled. */
  readonly undialable: Deferred.Deferred<void>
  /** The last one who has answered. */
  witness: NodeId | undefined
}

/** A node that was not found, and who has said to be connected to it. */
export interface NotFound {
  readonly error: UnreachableError
  readonly witness: NodeId | undefined
}

export class PeerRequests extends Context.Service<
  PeerRequests,
  {
    /** A connection to a node: the one that is there, or a new one to where the network says it is. */
    readonly reach: (id: NodeId) => Effect.Effect<Open, NotFound>
  }
>()("effect-p2p/services/PeerRequests") {
  static readonly layer: Layer.Layer<
    PeerRequests,
    never,
    Connections | Identity | Peers | Relay | Transports
  > = Layer.effect(
    PeerRequests,
    Effect.gen(function* () {
      const connections = yield* Connections
      const identity = yield* Identity
      const peers = yield* Peers
      const relay = yield* Relay
      const transports = yield* Transports
      const context = yield* Effect.context<never>()
      const scope = yield* Effect.scope
      const waiting = new Map<string, Search>()

      const broadcast = (message: WireMessage.WireMessage, dialect: Dialect) =>
        Effect.fromResult(
          Result.flatMap(WireMessage.encode(message, dialect), MessagePack.encode)
        ).pipe(
          Effect.flatMap((payload) => relay.broadcast(payload, dialect)),
          Effect.ignore({ log: "Debug" })
        )

      relay.handle(Main.broadcast, Sub.request, (incoming) =>
        withMessage(incoming, (message) => {
          if (message._tag !== "PeerRequest") return
          const { id, requestId } = message
          const found = connections.find(id)?.peer
          if (found === undefined) return
          // Only ours knows what to do with a peer that can't be dialled.
          if (found.endpoint === null && !requestId.startsWith(OWN_REQUEST_PREFIX)) return
          // Who asks in one dialect may be an old peer, which could not talk to one of the other. Ours
          // ask in both.
          if (found.kind === "Old" && found.dialect !== incoming.envelope.dialect) return
          // Others may answer; ours is not worth to wait for.
          if (relay.isCongested()) return
          // Each answer goes to the whole network: who asks must not make more of them than it likes.
          if (!incoming.from.mayHaveAnswer()) return
          // In the asker's spelling: an old one would not know its own question otherwise.
          const answer = broadcast(
            { _tag: "PeerResponse", requestId, peer: { endpoint: found.endpoint, id } },
            incoming.envelope.dialect
          )
          Fiber.runIn(Effect.runForkWith(context)(answer), scope)
        })
      )
      const onResponse = (
        { envelope }: Incoming,
        { peer, requestId }: Extract<WireMessage.WireMessage, { readonly _tag: "PeerResponse" }>
      ) => {
        const search = waiting.get(requestId)
        if (search === undefined || search.id !== peer.id) return
        const witness = Envelope.sender(envelope)
        if (isNodeId(witness)) search.witness = witness
        const { endpoint } = peer
        // What can't be dialled is no answer: a better one may come.
        if (endpoint === null || endpoint.host === "" || endpoint.port === 0) {
          Deferred.doneUnsafe(search.undialable, Exit.void)
        } else {
          Deferred.doneUnsafe(search.answer, Exit.succeed(endpoint))
        }
      }
      relay.handle(Main.broadcast, Sub.response, (incoming) =>
        withMessage(incoming, (message) => {
          if (message._tag === "PeerResponse") onResponse(incoming, message)
        })
      )

      /** Asks the network, and waits for an answer that can be dialled. */
      const ask = Effect.fnUntraced(function* (search: Search) {
        const { answer, id, undialable } = search
        const requestId =
          OWN_REQUEST_PREFIX +
          (yield* Random.nextInt).toString(36) +
          (yield* Random.nextInt).toString(36)
        const asked = Effect.gen(function* () {
          waiting.set(requestId, search)
          // Each kind of old peer knows the node by its own spelling only.
          yield* broadcast({ _tag: "PeerRequest", requestId, id }, "str")
          yield* broadcast({ _tag: "PeerRequest", requestId, id }, "bin")
          return yield* Deferred.await(answer)
        })
        const unknown = Effect.gen(function* () {
          yield* Effect.sleep(PEER_REQUEST_TIMEOUT_MILLIS)
          const detail = `nobody has answered in ${PEER_REQUEST_TIMEOUT_MILLIS} ms`
          return yield* new UnreachableError({ peer: id, reason: "Unknown", detail })
        })
        const hopeless = Effect.gen(function* () {
          yield* Deferred.await(undialable)
          yield* Effect.sleep(UNDIALABLE_GRACE_MILLIS)
          const detail = "its peers say that it can't be dialled"
          return yield* new UnreachableError({ peer: id, reason: "Undialable", detail })
        })
        return yield* Effect.raceAllFirst([asked, unknown, hopeless]).pipe(
          Effect.ensuring(Effect.sync(() => waiting.delete(requestId)))
        )
      })

      /** The transports that this node has shown to be of use: the answer names none. */
      const inUse = () => {
        const schemes = new Set([
          ...identity.listening.map(({ scheme }) => scheme),
          ...connections.open().map(({ transport }) => transport.scheme)
        ])
        return transports.all.filter(({ scheme }) => schemes.has(scheme))
      }

      /** The answer names no subnet either: each that we are in is tried. */
      const dialAnywhere = Effect.fnUntraced(function* (
        id: NodeId,
        endpoint: NonNullable<Endpoint>
      ) {
        let detail = "this node has no transport in use"
        for (const { scheme } of inUse()) {
          const address = new Address({ scheme, ...endpoint })
          for (const subnet of identity.subnets) {
            const attempt = yield* Effect.result(peers.dial(address, subnet))
            const found = connections.find(id)
            if (found !== undefined) return found
            detail = Result.isFailure(attempt)
              ? attempt.failure.message
              : `${address} is another node, ${attempt.success.peer.id}`
          }
        }
        return yield* new UnreachableError({ peer: id, reason: "DialFailed", detail })
      })

      const seek = Effect.fnUntraced(function* (search: Search) {
        const { id } = search
        if (waiting.size >= PEER_REQUESTS_MAX) {
          const detail = `${PEER_REQUESTS_MAX} requests are waiting for their answers`
          return yield* new UnreachableError({ peer: id, reason: "Busy", detail })
        }
        const endpoint = yield* ask(search)
        return connections.find(id) ?? (yield* dialAnywhere(id, endpoint))
      })

      /** Searches under way: those who seek the same node share one, and its connection. */
      const seeking = new Map<NodeId, Deferred.Deferred<Open, NotFound>>()

      const reach = Effect.fnUntraced(function* (id: NodeId) {
        const found = connections.find(id)
        if (found !== undefined) return found
        const known = seeking.get(id)
        if (known !== undefined) return yield* Deferred.await(known)
        const result = yield* Deferred.make<Open, NotFound>()
        const search: Search = {
          id,
          answer: yield* Deferred.make<NonNullable<Endpoint>>(),
          undialable: yield* Deferred.make<void>(),
          witness: undefined
        }
        seeking.set(id, result)
        const sought = Effect.mapError(seek(search), (error): NotFound => ({
          error,
          witness: search.witness
        }))
        // In the node's scope: it goes on for the others should the first who sought be interrupted.
        yield* Effect.forkIn(
          Effect.onExit(sought, (exit) => {
            seeking.delete(id)
            return Deferred.done(result, exit)
          }),
          scope
        )
        return yield* Deferred.await(result)
      })

      const attributes = (id: NodeId) => () => ({ "p2p.node": identity.id, "p2p.peer": id })
      return PeerRequests.of({
        reach: (id) => traced("PeerRequests.reach", reach(id), attributes(id))
      })
    })
  )
}
