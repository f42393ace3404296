/**
 * How a node finds one that it is not connected to: it asks the whole network, and dials the answer.
 *
 * Source: the 0.7 wire protocol, "Handshake, peers, requests".
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
import * as Schema from "effect/Schema"
import { Address } from "../domain/Address.ts"
import type { Dialect } from "../domain/Dialect.ts"
import { Main, Sub } from "../domain/Flags.ts"
import { NodeId } from "../domain/Ids.ts"
import { PEER_REQUEST_TIMEOUT_MILLIS, PEER_REQUESTS_MAX } from "../domain/Limits.ts"
import type { Endpoint } from "../domain/messages/Codec.ts"
import * as WireMessage from "../domain/messages/WireMessage.ts"
import * as MessagePack from "../domain/MessagePack.ts"
import { Connections, type Open } from "./Connections.ts"
import { withMessage } from "./Decoding.ts"
import { Identity } from "./Identity.ts"
import { Peers } from "./Peers.ts"
import { Relay } from "./Relay.ts"
import { traced } from "./Traced.ts"
import { Transports } from "./Transport.ts"

/** A node that could not be reached. */
export class UnreachableError extends Schema.TaggedError<UnreachableError>()("UnreachableError", {
  peer: NodeId,
  reason: Schema.Literals(["NotConnected", "Unknown", "DialFailed", "Busy"]),
  detail: Schema.String
}) {
  override get message() {
    return `can't reach ${this.peer} (${this.reason}): ${this.detail}`
  }
}

export class PeerRequests extends Context.Service<
  PeerRequests,
  {
    /** A connection to a node: the one that is there, or a new one to where the network says it is. */
    readonly reach: (id: NodeId) => Effect.Effect<Open, UnreachableError>
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
      const waiting = new Map<
        string,
        { readonly id: NodeId; readonly answer: Deferred.Deferred<NonNullable<Endpoint>> }
      >()

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
          const endpoint = found?.endpoint ?? null
          if (found === undefined || endpoint === null) return
          // Who asks in one dialect may be an old peer, which could not talk to one of the other. Ours
          // ask in both.
          if (found.kind === "Old" && found.dialect !== incoming.envelope.dialect) return
          // Others may answer; ours is not worth to wait for.
          if (relay.isCongested()) return
          // In the asker's spelling: an old one would not know its own question otherwise.
          const answer = broadcast(
            { _tag: "PeerResponse", requestId, peer: { endpoint, id } },
            incoming.envelope.dialect
          )
          Fiber.runIn(Effect.runForkWith(context)(answer), scope)
        })
      )
      relay.handle(Main.broadcast, Sub.response, (incoming) =>
        withMessage(incoming, (message) => {
          if (message._tag !== "PeerResponse") return
          const { peer, requestId } = message
          const { endpoint } = peer
          const request = waiting.get(requestId)
          // What can't be dialled is no answer: a better one may come.
          if (request?.id !== peer.id || endpoint === null) return
          if (endpoint.host === "" || endpoint.port === 0) return
          Deferred.doneUnsafe(request.answer, Exit.succeed(endpoint))
        })
      )

      const ask = Effect.fnUntraced(function* (id: NodeId) {
        if (waiting.size >= PEER_REQUESTS_MAX) {
          const detail = `${PEER_REQUESTS_MAX} requests are waiting for their answers`
          return yield* new UnreachableError({ peer: id, reason: "Busy", detail })
        }
        const requestId =
          (yield* Random.nextInt).toString(36) + (yield* Random.nextInt).toString(36)
        const answer = yield* Deferred.make<NonNullable<Endpoint>>()
        const asked = Effect.gen(function* () {
          waiting.set(requestId, { id, answer })
          // Each kind of old peer knows the node by its own spelling only.
          yield* broadcast({ _tag: "PeerRequest", requestId, id }, "str")
          yield* broadcast({ _tag: "PeerRequest", requestId, id }, "bin")
          return yield* Deferred.await(answer)
        })
        return yield* Effect.timeoutOrElse(asked, {
          duration: PEER_REQUEST_TIMEOUT_MILLIS,
          orElse: () => {
            const detail = `nobody has answered in ${PEER_REQUEST_TIMEOUT_MILLIS} ms`
            return Effect.fail(new UnreachableError({ peer: id, reason: "Unknown", detail }))
          }
        }).pipe(Effect.ensuring(Effect.sync(() => waiting.delete(requestId))))
      })

      /** The answer names no subnet and no transport: each that we have is tried. */
      const dialAnywhere = Effect.fnUntraced(function* (
        id: NodeId,
        endpoint: NonNullable<Endpoint>
      ) {
        let detail = "this node has no transport"
        for (const { scheme } of transports.all) {
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

      const seek = Effect.fnUntraced(function* (id: NodeId) {
        const endpoint = yield* ask(id)
        return connections.find(id) ?? (yield* dialAnywhere(id, endpoint))
      })

      /** Searches under way: those who seek the same node share one, and its connection. */
      const seeking = new Map<NodeId, Deferred.Deferred<Open, UnreachableError>>()

      const reach = Effect.fnUntraced(function* (id: NodeId) {
        const found = connections.find(id)
        if (found !== undefined) return found
        const known = seeking.get(id)
        if (known !== undefined) return yield* Deferred.await(known)
        const search = yield* Deferred.make<Open, UnreachableError>()
        seeking.set(id, search)
        // In the node's scope: it goes on for the others should the first who sought be interrupted.
        yield* Effect.forkIn(
          Effect.onExit(seek(id), (exit) => {
            seeking.delete(id)
            return Deferred.done(search, exit)
          }),
          scope
        )
        return yield* Deferred.await(search)
      })

      const attributes = (id: NodeId) => () => ({ "p2p.node": identity.id, "p2p.peer": id })
      return PeerRequests.of({
        reach: (id) => traced("PeerRequests.reach", reach(id), attributes(id))
      })
    })
  )
}
