/**
 * Whispering: how a message gets to one node, wherever that is.
 *
 * A direct peer gets it by its connection. Another is sought in the network and dialled; where no dial
 * reaches it (it is across a bridge, or listens nowhere), the message is carried by others.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Main } from "../domain/Flags.ts"
import { NodeId } from "../domain/Ids.ts"
import {
  CARRY_MAX_BYTES,
  FRAME_BODY_MAX_BYTES,
  RECENT_SENDERS_MAX,
  CARRIED_MEMORY_MILLIS
} from "../domain/Limits.ts"
import { UnreachableError } from "../domain/UnreachableError.ts"
import { Carrying } from "./Carrying.ts"
import { Connections } from "./Connections.ts"
import type { Open } from "./RoutingTable.ts"
import { Identity } from "./Identity.ts"
import { PeerRequests } from "./PeerRequests.ts"

/** A message that could not be put into a peer's outbox. */
export class SendError extends Schema.TaggedError<SendError>()("SendError", {
  peer: NodeId,
  reason: Schema.Literals(["TooLarge", "OutboxFull"]),
  detail: Schema.String
}) {
  override get message() {
    return `can't send to ${this.peer} (${this.reason}): ${this.detail}`
  }
}

export class Whispering extends Context.Service<
  Whispering,
  {
    /**
     * Whispers an encoded payload (an array, sub-flag first) to a direct peer; waits while its outbox is above
     * the high-water mark.
     */
    readonly toPeer: (
      peer: NodeId,
      payload: Uint8Array
    ) => Effect.Effect<void, UnreachableError | SendError>
    /** The same to any node of the network. */
    readonly toAnyone: (
      node: NodeId,
      payload: Uint8Array
    ) => Effect.Effect<void, UnreachableError | SendError>
    /** The same to a direct peer, or one to whom others carry it: nobody is sought for it. */
    readonly toKnown: (
      node: NodeId,
      payload: Uint8Array
    ) => Effect.Effect<void, UnreachableError | SendError>
    /** Notes that messages to a node are best carried: it has been heard that way. */
    readonly preferCarrying: (node: NodeId) => void
  }
>()("effect-p2p/services/Whispering") {
  static readonly layer: Layer.Layer<
    Whispering,
    never,
    Carrying | Connections | Identity | PeerRequests
  > = Layer.effect(
    Whispering,
    Effect.gen(function* () {
      const carrying = yield* Carrying
      const connections = yield* Connections
      const identity = yield* Identity
      const requests = yield* PeerRequests
      const clock = yield* Clock.Clock
      /** Nodes that messages were carried to or from, and until when that is tried first. */
      const carried = new Map<NodeId, number>()

      const preferCarrying = (node: NodeId) => {
        carried.delete(node)
        if (carried.size >= RECENT_SENDERS_MAX) carried.clear()
        carried.set(node, clock.currentTimeMillisUnsafe() + CARRIED_MEMORY_MILLIS)
      }

      const isCarriedTo = (node: NodeId) =>
        (carried.get(node) ?? 0) > clock.currentTimeMillisUnsafe()

      const whisper: (
        open: Open,
        payload: Uint8Array
      ) => Effect.Effect<void, UnreachableError | SendError> = Effect.fnUntraced(
        function* (open, payload) {
          const { connection, peer } = open
          if (payload.length > FRAME_BODY_MAX_BYTES - 256) {
            const detail = `${payload.length} bytes; a frame holds ${FRAME_BODY_MAX_BYTES}`
            return yield* new SendError({ peer: peer.id, reason: "TooLarge", detail })
          }
          while (connection.outbox.isAboveHighWater && !connection.isEnded) {
            yield* connection.outbox.awaitRoom
          }
          // What is put behind a goodbye is lost. Where another connection to it is kept, by that one.
          if (connection.isEnded || connection.isRetiring) {
            const kept = yield* connections.kept(peer.id, connection)
            if (kept !== undefined) return yield* whisper(kept, payload)
            const detail = "the connection has ended"
            return yield* new UnreachableError({ peer: peer.id, reason: "NotConnected", detail })
          }
          if (connection.sendPacked(Main.whisper, payload)) return
          const detail = `${connection.outbox.bytes} bytes are waiting`
          return yield* new SendError({ peer: peer.id, reason: "OutboxFull", detail })
        }
      )

      const carry = Effect.fnUntraced(function* (node: NodeId, payload: Uint8Array, via?: NodeId) {
        if (payload.length > CARRY_MAX_BYTES) {
          const detail = `${payload.length} bytes; a carried message has ${CARRY_MAX_BYTES}`
          return yield* new SendError({ peer: node, reason: "TooLarge", detail })
        }
        yield* carrying.carry(node, payload, via)
        preferCarrying(node)
      })

      const seek = Effect.fnUntraced(function* (node: NodeId, payload: Uint8Array) {
        const sought = yield* Effect.result(requests.reach(node))
        if (Result.isSuccess(sought)) return yield* whisper(sought.success, payload)
        const { error, witness } = sought.failure
        yield* Effect.catchTag(carry(node, payload, witness), "UnreachableError", (failed) => {
          if (failed.reason === "NoWord") return failed
          const both = `${error.detail}; nor can it be carried: ${failed.detail}`
          return new UnreachableError({ peer: node, reason: error.reason, detail: both })
        })
      })

      const toPeer = (peer: NodeId, payload: Uint8Array) => {
        const open = connections.find(peer)
        if (open !== undefined) return whisper(open, payload)
        const detail = "it is not a direct peer"
        return Effect.fail(new UnreachableError({ peer, reason: "NotConnected", detail }))
      }

      const toAnyone = Effect.fnUntraced(function* (node: NodeId, payload: Uint8Array) {
        if (node === identity.id) {
          const detail = "it is this node itself"
          return yield* new UnreachableError({ peer: node, reason: "NotConnected", detail })
        }
        const open = connections.find(node)
        if (open !== undefined) return yield* whisper(open, payload)
        if (!isCarriedTo(node)) return yield* seek(node, payload)
        yield* Effect.catchTag(carry(node, payload), "UnreachableError", (failed) => {
          carried.delete(node)
          // It may have arrived, and another one would be its double: that is for the caller to say.
          return failed.reason === "NoWord" ? failed : seek(node, payload)
        })
      })

      return Whispering.of({
        preferCarrying,
        toAnyone,
        toKnown: (node, payload) =>
          connections.find(node) === undefined ? carry(node, payload) : toPeer(node, payload),
        toPeer
      })
    })
  )
}
