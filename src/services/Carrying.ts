/**
 * Carrying: how a whisper gets to a node that its sender can't dial, by way of nodes of our kind.
 *
 * It goes back the way that the target's broadcasts come (`RouteTable`), hop by hop, and word of its
 * arrival comes back the same way. The last hop may be to an old peer, which takes it for a whisper of
 * the origin's own. Like a broadcast, a carried message is as true as those who pass it on.
 *
 * Source: docs/protocol.md, "Carried whispers".
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Envelope from "../domain/Envelope.ts"
import { CONTROL_FIRST, CONTROL_LAST, Control, Main, Sub } from "../domain/Flags.ts"
import type { NodeId } from "../domain/Ids.ts"
import {
  CARRIES_MAX,
  CARRIES_PER_PEER_MAX,
  CARRY_HOPS_MAX,
  CARRY_TIMEOUT_MILLIS,
  DIGEST_BYTES,
  FRAME_LENGTH_BYTES
} from "../domain/Limits.ts"
import type { Carried, Carry, CarryOutcome } from "../domain/messages/CarryMessages.ts"
import { UnreachableError } from "../domain/UnreachableError.ts"
import { Connections } from "./Connections.ts"
import { withMessage } from "./Decoding.ts"
import { Hashing } from "./Hashing.ts"
import { Identity } from "./Identity.ts"
import type { PeerConnection } from "./PeerConnection.ts"
import { type Incoming, Relay } from "./Relay.ts"

/**
 * A message of others that has gone through here, and waits for word of its arrival. It knows peers, not their
 * connections: one may give way to another meanwhile, and those that have ended are not kept for it.
 */
interface Passage {
  readonly back: NodeId
  /** The key of the peer from which the word will come. */
  readonly ontoKey: string
  readonly untilMillis: number
}

/** A message of our own that waits for it. */
interface Waiting {
  readonly ontoKey: string
  readonly outcome: Deferred.Deferred<CarryOutcome>
}

/** Whether a message may be carried: what users and their protocols say, and nothing that binds a connection. */
const isCarriable = (sub: number): boolean =>
  sub === Sub.broadcast ||
  sub === Sub.whisper ||
  sub === Control.answer ||
  sub === Control.cancel ||
  (sub > Sub.delta && (sub < CONTROL_FIRST || sub > CONTROL_LAST))

/** Whether an old peer would show it to its user. */
const isForOld = (sub: number): boolean => sub === Sub.broadcast || sub === Sub.whisper

export class Carrying extends Context.Service<
  Carrying,
  {
    /**
     * Has an encoded whisper (an array, sub-flag first, of at most `CARRY_MAX_BYTES`) carried to a node, and
     * waits for word of its arrival. `via` is a node that is said to be connected to it.
     */
    readonly carry: (
      target: NodeId,
      payload: Uint8Array,
      via?: NodeId
    ) => Effect.Effect<void, UnreachableError>
  }
>()("effect-p2p/services/Carrying") {
  static readonly layer: Layer.Layer<Carrying, never, Connections | Hashing | Identity | Relay> =
    Layer.effect(
      Carrying,
      Effect.gen(function* () {
        const connections = yield* Connections
        const hasher = yield* Hashing
        const identity = yield* Identity
        const relay = yield* Relay
        const clock = yield* Clock.Clock
        const passages = new Map<string, Passage>()
        /** How many of them came from each peer. */
        const passing = new Map<NodeId, number>()
        const waiting = new Map<string, Waiting>()

        /** The connection by which a message gets nearer to a node; never back to where it came from. */
        const hopTo = (id: NodeId, from: PeerConnection | undefined) => {
          const direct = connections.find(id)?.connection
          if (direct !== undefined) return direct
          const route = relay.routeTo(Envelope.idKey(id))
          return route !== from && route?.can("carry") === true ? route : undefined
        }

        const nextHop = (message: Carry, from: PeerConnection | undefined) => {
          const hop = hopTo(message.target, from)
          if (hop !== undefined || message.via === null) return hop
          const towards = message.via === identity.id ? undefined : hopTo(message.via, from)
          return towards?.can("carry") === true && towards !== from ? towards : undefined
        }

        const secondsNow = () => Math.floor(clock.currentTimeMillisUnsafe() / 1000)

        /** The whisper that a carried payload stands for; undefined where it is none, or may not be. */
        const unpack = (message: Carry, from: PeerConnection): Incoming | undefined => {
          const { origin, payload } = message
          if (!Envelope.isArray(payload)) return undefined
          const sender = Envelope.spell(origin, "str")
          const frame = Envelope.frame(hasher, Main.whisper, sender, secondsNow(), payload)
          const body = frame.subarray(FRAME_LENGTH_BYTES)
          const envelope = Envelope.parse(body, DIGEST_BYTES)
          if (envelope instanceof Envelope.EnvelopeError) return undefined
          if (!isCarriable(Envelope.subFlag(envelope))) return undefined
          return { from, envelope, body, senderKey: Envelope.idKey(origin), isCarried: true }
        }

        const forget = (carryId: string, { back }: Passage): void => {
          passages.delete(carryId)
          const left = (passing.get(back) ?? 0) - 1
          if (left > 0) passing.set(back, left)
          else passing.delete(back)
        }

        /** Makes room for one more passage of a peer's, if there are some whose time is up. */
        const hasRoom = (back: NodeId, nowMillis: number): boolean => {
          for (const [id, passage] of passages) {
            if (passage.untilMillis > nowMillis) break
            forget(id, passage)
          }
          return passages.size < CARRIES_MAX && (passing.get(back) ?? 0) < CARRIES_PER_PEER_MAX
        }

        /** What becomes of a message of others: its outcome, or undefined while it is under way. */
        const pass = (message: Carry, incoming: Incoming): CarryOutcome | undefined => {
          const { from } = incoming
          const { carryId, origin, target } = message
          const whisper = unpack(message, from)
          if (whisper === undefined) return "NoRoute"
          // It has gone round in a circle, or was never ours.
          if (origin === identity.id) return "NoRoute"
          if (target === identity.id) {
            // A peer of ours has a connection to speak by: nobody else speaks in its name.
            if (whisper.senderKey !== from.peerKey && connections.find(origin) !== undefined) {
              return "NoRoute"
            }
            relay.dispatch(whisper)
            return "Arrived"
          }
          // It has gone round in a circle.
          if (passages.has(carryId) || waiting.has(carryId)) return "NoRoute"
          const onto = nextHop(message, from)
          if (onto === undefined) return "NoRoute"
          if (!onto.can("carry")) {
            if (!isForOld(Envelope.subFlag(whisper.envelope))) return "NoRoute"
            const spelled = Envelope.spell(origin, onto.dialect)
            return onto.sendPacked(Main.whisper, message.payload, spelled) ? "Arrived" : "Full"
          }
          if (message.hopsLeft === 0) return "TooFar"
          const nowMillis = clock.currentTimeMillisUnsafe()
          const back = from.peer?.id
          if (back === undefined || !hasRoom(back, nowMillis)) return "Full"
          if (!onto.send({ ...message, hopsLeft: message.hopsLeft - 1 })) return "Full"
          const untilMillis = nowMillis + CARRY_TIMEOUT_MILLIS
          passages.set(carryId, { back, ontoKey: onto.peerKey, untilMillis })
          passing.set(back, (passing.get(back) ?? 0) + 1)
          return undefined
        }

        const onCarry = (message: Carry, incoming: Incoming): void => {
          const { from } = incoming
          // The way back, should the target want to answer; but a peer's own connection is known better.
          if (message.origin !== identity.id && connections.find(message.origin) === undefined) {
            relay.hear(Envelope.idKey(message.origin), from)
          }
          const outcome = pass(message, incoming)
          if (outcome !== undefined) {
            from.send({ _tag: "Carried", carryId: message.carryId, outcome })
          }
        }

        const onCarried = ({ carryId, outcome }: Carried, from: PeerConnection): void => {
          const own = waiting.get(carryId)
          if (own !== undefined && own.ontoKey === from.peerKey) {
            Deferred.doneUnsafe(own.outcome, Exit.succeed(outcome))
            return
          }
          const passage = passages.get(carryId)
          if (passage === undefined || passage.ontoKey !== from.peerKey) return
          forget(carryId, passage)
          connections.find(passage.back)?.connection.send({ _tag: "Carried", carryId, outcome })
        }

        relay.handle(Main.whisper, Control.carry, (incoming) =>
          withMessage(
            incoming,
            (message) => {
              if (message._tag === "Carry") onCarry(message, incoming)
            },
            "Errand"
          )
        )
        relay.handle(Main.whisper, Control.carried, (incoming) =>
          withMessage(
            incoming,
            (message) => {
              if (message._tag === "Carried") onCarried(message, incoming.from)
            },
            "Errand"
          )
        )

        const carry = Effect.fnUntraced(function* (
          target: NodeId,
          payload: Uint8Array,
          via?: NodeId
        ) {
          const fail = (detail: string) =>
            new UnreachableError({ peer: target, reason: "NoRoute", detail })
          const carryId =
            (yield* Random.nextInt).toString(36) + (yield* Random.nextInt).toString(36)
          const message: Carry = {
            _tag: "Carry",
            carryId,
            origin: identity.id,
            target,
            via: via ?? null,
            hopsLeft: CARRY_HOPS_MAX,
            payload
          }
          const onto = nextHop(message, undefined)
          if (onto === undefined) return yield* fail("no peer of our kind leads to it")
          if (waiting.size >= CARRIES_MAX) return yield* fail(`${CARRIES_MAX} wait to arrive`)
          const outcome = yield* Deferred.make<CarryOutcome>()
          const sent = Effect.suspend(() => {
            waiting.set(carryId, { ontoKey: onto.peerKey, outcome })
            return onto.send(message) ? Deferred.await(outcome) : fail("a full outbox on its way")
          })
          const word = yield* Effect.timeoutOrElse(sent, {
            duration: CARRY_TIMEOUT_MILLIS,
            orElse: () => {
              const detail = `no word of its arrival in ${CARRY_TIMEOUT_MILLIS} ms`
              return new UnreachableError({ peer: target, reason: "NoWord", detail })
            }
          }).pipe(Effect.ensuring(Effect.sync(() => waiting.delete(carryId))))
          if (word !== "Arrived") return yield* fail(`those on its way say: ${word}`)
        })

        return Carrying.of({ carry })
      })
    )
}
