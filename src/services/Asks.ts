/**
 * Asks: the questions of a node that wait for their answers, and how each ends.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Envelope from "../domain/Envelope.ts"
import { Control, Main } from "../domain/Flags.ts"
import { NodeId } from "../domain/Ids.ts"
import { ASKS_MAX } from "../domain/Limits.ts"
import { type Answer, REQUEST_NUMBER_MAX } from "../domain/messages/ProtocolMessages.ts"
import * as WireMessage from "../domain/messages/WireMessage.ts"
import * as MessagePack from "../domain/MessagePack.ts"
import { UnreachableError } from "../domain/UnreachableError.ts"
import { Connections } from "./Connections.ts"
import { type Incoming, Relay } from "./Relay.ts"
import { type SendError, Whispering } from "./Whispering.ts"

/** Why a request was not answered, as its receiver says it. */
export const AskRefusal = Schema.Literals([
  "Unknown",
  "TooOld",
  "TooNew",
  "Malformed",
  "Busy",
  "Died",
  "TooLarge"
])
export type AskRefusal = typeof AskRefusal.Type

/** An ask that came to no answer. */
export class AskError extends Schema.TaggedError<AskError>()("AskError", {
  protocol: Schema.String,
  /** The request's tag. */
  request: Schema.String,
  peer: NodeId,
  reason: Schema.Union([
    AskRefusal,
    Schema.Literals([
      /** No answer within the time limit. */
      "Timeout",
      /** An answer that is not as its schema wants it. */
      "BadAnswer",
      /** Too many asks of this node wait for their answers. */
      "TooManyAsks",
      /** This node has ceased to speak the protocol: nobody is there any more for the answer. */
      "Withdrawn"
    ])
  ]),
  detail: Schema.String
}) {
  override get message() {
    return `${this.protocol} ${this.request} to ${this.peer} (${this.reason}): ${this.detail}`
  }
}

interface Waiting {
  readonly key: string
  readonly answer: Deferred.Deferred<Answer>
}

export class Asks extends Context.Service<
  Asks,
  {
    /**
     * Sends what `encode` makes of a new request number to a node, and waits for the answer. Interrupted,
     * it tells the node that nobody waits any more. Undefined where too many wait already.
     */
    readonly ask: (
      node: NodeId,
      encode: (number: number) => Effect.Effect<Uint8Array, MessagePack.ValueEncodeError>
    ) => Effect.Effect<
      Answer | undefined,
      MessagePack.ValueEncodeError | UnreachableError | SendError
    >
    /** Asks that wait for their answers. */
    readonly size: () => number
  }
>()("effect-p2p/services/Asks") {
  static readonly layer: Layer.Layer<
    Asks,
    never,
    Connections | Relay | SecureRandom.SecureRandom | Whispering
  > = Layer.effect(
    Asks,
    Effect.gen(function* () {
      const connections = yield* Connections
      const relay = yield* Relay
      const random = yield* SecureRandom.SecureRandom
      const whispering = yield* Whispering
      const waiting = new Map<number, Waiting>()

      // Drawn: who carries a request of ours, or has been sent one, can't tell the number of the next, and answer
      // it in another's name. Nor is it that of an earlier life of this node.
      const drawNumber = random.intBetween(0, REQUEST_NUMBER_MAX)

      const onAnswer = ({ envelope, from, isCarried, senderKey }: Incoming): void => {
        // Looked at before it is decoded: an answer may be as large as a frame, and is no control message in this.
        const number = Envelope.number(envelope)
        if (number !== undefined && waiting.get(number)?.key !== senderKey) return
        const message = Result.flatMap(Envelope.payload(envelope), (payload) =>
          WireMessage.decode(envelope.main, payload)
        )
        if (Result.isFailure(message)) return isCarried ? undefined : from.refuse(message.failure)
        if (message.success._tag !== "Answer") return
        const found = waiting.get(message.success.number)
        // Only who was asked answers.
        if (found?.key !== senderKey) return
        if (!isCarried && from.peerKey !== senderKey) return
        Deferred.doneUnsafe(found.answer, Exit.succeed(message.success))
      }
      relay.handle(Main.whisper, Control.answer, onAnswer)

      const cancel = (node: NodeId, number: number) =>
        Effect.fromResult(
          Result.flatMap(WireMessage.encode({ _tag: "Cancel", number }, "str"), MessagePack.encode)
        ).pipe(
          Effect.flatMap((payload) => whispering.toKnown(node, payload)),
          Effect.ignore({ log: "Debug" })
        )
      const scope = yield* Effect.scope

      /** The end of the last connection by which the answer could come. */
      const awaitLoss = (node: NodeId) => {
        if (connections.find(node) === undefined) return Effect.never
        return Effect.flatMap(connections.gone(node), (error) => {
          const detail = error?.message ?? "the connection has ended"
          return Effect.fail(new UnreachableError({ peer: node, reason: "NotConnected", detail }))
        })
      }

      const ask: Asks["Service"]["ask"] = (node, encode) =>
        Effect.flatMap(drawNumber, (number) => {
          if (waiting.size >= ASKS_MAX) return Effect.undefined
          if (waiting.has(number)) return ask(node, encode)
          const answer = Deferred.makeUnsafe<Answer>()
          let isSent = false
          waiting.set(number, { key: Envelope.idKey(node), answer })
          const lost = encode(number).pipe(
            Effect.flatMap((payload) => {
              // It may have arrived long before word of that is back.
              isSent = true
              return whispering.toAnyone(node, payload)
            }),
            // It may have arrived, and then its answer is under way.
            Effect.catchIf(
              (error) => error._tag === "UnreachableError" && error.reason === "NoWord",
              () => Effect.void
            ),
            Effect.flatMap(() => awaitLoss(node))
          )
          // An answer says more than word of the request's arrival, which may be lost on its way.
          return Effect.raceFirst(lost, Deferred.await(answer)).pipe(
            Effect.onInterrupt(() =>
              isSent ? Effect.forkIn(cancel(node, number), scope) : Effect.void
            ),
            Effect.ensuring(Effect.sync(() => waiting.delete(number)))
          )
        })

      return Asks.of({ ask, size: () => waiting.size })
    })
  )
}
