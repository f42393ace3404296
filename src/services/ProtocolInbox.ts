/**
 * The inbox of one protocol: the way of its messages from the relay to the lanes of their kinds, and of the
 * answers back.
 *
 * Bodies are MessagePack maps here; schemas and handlers are `services/Protocol.ts`'s. What is wrong
 * with a message is counted and told, and goes no further.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Bytes from "../domain/Bytes.ts"
import * as Envelope from "../domain/Envelope.ts"
import { Main } from "../domain/Flags.ts"
import { isNodeId, type NodeId } from "../domain/Ids.ts"
import { DIGEST_BYTES } from "../domain/Limits.ts"
import {
  type Answer,
  type Body,
  Outcome,
  ProtocolPayload
} from "../domain/messages/ProtocolMessages.ts"
import * as MessagePack from "../domain/MessagePack.ts"
import { explain, incompatibility, type ProtocolDefinition } from "../domain/ProtocolDefinition.ts"
import type { ProtocolProblem } from "../domain/ProtocolProblem.ts"
import type { Value } from "../domain/Value.ts"
import type { AskRefusal } from "./Asks.ts"
import { MessageRef } from "./MessageRef.ts"
import type { PeerConnection } from "./PeerConnection.ts"
import type { ProtocolLane } from "./ProtocolLane.ts"
import type { Incoming } from "./Relay.ts"

/** Who has sent a message, and how. */
export class Sender {
  readonly id: NodeId
  readonly message: MessageRef
  /** Whether everybody was told, or this node alone. */
  readonly flag: "broadcast" | "whisper"
  /** When it was sent, in whole seconds of Unix time by the sender's clock. */
  readonly time: number

  constructor(id: NodeId, incoming: Incoming) {
    this.id = id
    this.message = new MessageRef(Bytes.copy(incoming.body, 0, DIGEST_BYTES))
    this.flag = incoming.envelope.main === Main.broadcast ? "broadcast" : "whisper"
    this.time = incoming.envelope.time
  }
}

/** What a handler has made of a request, ready for the wire. */
export interface Reply {
  readonly outcome: Answer["outcome"]
  readonly value: Value
}

/** A reply that says why there is no answer. */
export const refusal = (reason: AskRefusal, detail: string): Reply => ({
  outcome: Outcome.refused,
  value: [reason, detail]
})

/** One kind of message, as its protocol handles it. */
export interface Kind {
  readonly flag: number
  readonly tag: string
  readonly isRequest: boolean
  /** Handles a body. Never fails: what goes wrong is counted, and told as a problem. */
  readonly handle: (body: Body, sender: Sender) => Effect.Effect<Reply | undefined>
}

/** What a protocol has been through so far, in messages. */
export interface ProtocolCounters {
  received: number
  handled: number
  /** Those whose handler has failed or died. */
  failed: number
  malformed: number
  refused: number
  dropped: number
  forged: number
}

export const noCounters = (): ProtocolCounters => ({
  received: 0,
  handled: 0,
  failed: 0,
  malformed: 0,
  refused: 0,
  dropped: 0,
  forged: 0
})

/** What an inbox needs of its node. */
export interface InboxOptions {
  readonly definition: ProtocolDefinition
  readonly counters: ProtocolCounters
  readonly onProblem: (problem: ProtocolProblem) => void
  /** Sends an answer, apart from whoever calls. */
  readonly answer: (asker: NodeId, number: number, reply: Reply) => Effect.Effect<void>
  readonly fork: (effect: Effect.Effect<void>) => unknown
  /** Waits until no connection to a node is open any more; it had this one. */
  readonly gone: (node: NodeId, by: PeerConnection) => Effect.Effect<unknown>
  /** Notes that answers to a node are best carried. */
  readonly preferCarrying: (node: NodeId) => void
}

const decodePayload = Schema.decodeUnknownResult(ProtocolPayload)

/** A problem without what all problems of one message have in common. */
type Told = ProtocolProblem extends infer P
  ? P extends ProtocolProblem
    ? Omit<P, "protocol" | "message" | "sender">
    : never
  : never

/** A request under way, and how to give it up. */
interface Answering {
  readonly asker: NodeId
  readonly number: number
  readonly calledOff: Deferred.Deferred<void>
}

export class ProtocolInbox {
  private readonly options: InboxOptions
  /** Requests that wait or are being answered, by their number and asker. */
  private readonly answering = new Map<string, Answering>()

  constructor(options: InboxOptions) {
    this.options = options
  }

  /** Takes a message in, from the relay: synchronous, and quick. */
  receive(kind: Kind, lane: ProtocolLane, incoming: Incoming): void {
    const { counters, definition, onProblem, preferCarrying } = this.options
    const { envelope, from, isCarried, senderKey } = incoming
    const id = Envelope.sender(envelope)
    if (!isNodeId(id)) return from.drop("BadSender")
    const isWhisper = envelope.main === Main.whisper
    const tell = (told: Told) =>
      onProblem({ protocol: definition.name, message: kind.tag, sender: id, ...told })
    const malformed = (issue: string) => {
      counters.malformed++
      tell({ _tag: "Malformed", issue })
    }
    counters.received++
    if (isWhisper && !isCarried && senderKey !== from.peerKey) {
      counters.forged++
      return tell({ _tag: "Forged", peer: from.peer?.id ?? id })
    }
    if (isCarried) preferCarrying(id)
    const drop = () => {
      counters.dropped++
      tell({ _tag: "Dropped" })
    }
    // Nothing is decoded in vain; but a request is answered, and its number stands behind its body.
    if (!kind.isRequest && !lane.hasRoom(envelope.bytes.length)) return drop()
    const payload = Envelope.payload(envelope)
    if (Result.isFailure(payload)) return malformed(payload.failure.message)
    const size = envelope.bytes.length + MessagePack.decodedBytes()
    const decoded = decodePayload(payload.success)
    if (Result.isFailure(decoded)) return malformed(decoded.failure.message)
    const [, name, version, minVersion, body, number] = decoded.success
    const reply = (told: Reply) => {
      if (isWhisper && number !== undefined) this.reply(id, number, told)
    }
    const theirs = name === definition.name ? { version, minVersion } : undefined
    const reason = incompatibility(definition, theirs)
    if (reason !== undefined) {
      const detail = explain(definition.name, definition, theirs)
      counters.refused++
      tell({ _tag: "Refused", reason, detail })
      // As the asker sees it, the other way round.
      return reply(refusal(MIRRORED[reason], `the peer has ${describe(definition)}`))
    }
    if (kind.isRequest !== (number !== undefined)) {
      return malformed(kind.isRequest ? "a request without a number" : "a number, but no request")
    }
    if (kind.isRequest && !isWhisper) return malformed("a request that was broadcast")
    const key = `${number} ${senderKey}`
    if (this.answering.has(key)) return malformed(`request number ${number} is in use`)
    if (!lane.hasRoom(size)) {
      drop()
      return reply(refusal("Busy", "too many messages of its kind are waiting"))
    }
    const handle = kind.handle(body, new Sender(id, incoming))
    const job =
      number === undefined ? Effect.asVoid(handle) : this.request(handle, key, id, number, incoming)
    lane.offer(job, size)
  }

  /** The asker does not wait for that answer any more. */
  cancel(number: number, senderKey: string): void {
    const found = this.answering.get(`${number} ${senderKey}`)
    if (found !== undefined) Deferred.doneUnsafe(found.calledOff, Exit.void)
  }

  /** The protocol is not spoken any more: whoever waits for an answer hears so. */
  close(): void {
    const { name } = this.options.definition
    for (const { asker, calledOff, number } of this.answering.values()) {
      this.reply(asker, number, refusal("Unknown", `the peer has ceased to speak ${name}`))
      Deferred.doneUnsafe(calledOff, Exit.void)
    }
  }

  private reply(asker: NodeId, number: number, reply: Reply): void {
    this.options.fork(this.options.answer(asker, number, reply))
  }

  /** Handles a request until it is answered or called off, or its asker is gone. */
  private request(
    handle: Effect.Effect<Reply | undefined>,
    key: string,
    asker: NodeId,
    number: number,
    { from, isCarried }: Incoming
  ): Effect.Effect<void> {
    const calledOff = Deferred.makeUnsafe<void>()
    this.answering.set(key, { asker, number, calledOff })
    const over = isCarried
      ? Deferred.await(calledOff)
      : Effect.raceFirst(Deferred.await(calledOff), Effect.asVoid(this.options.gone(asker, from)))
    const answered = Effect.flatMap(handle, (reply) =>
      reply === undefined ? Effect.void : this.options.answer(asker, number, reply)
    )
    // It may have been called off while it waited.
    return Effect.suspend(() =>
      Deferred.isDoneUnsafe(calledOff) ? Effect.void : Effect.raceFirst(answered, over)
    ).pipe(Effect.ensuring(Effect.sync(() => this.answering.delete(key))))
  }
}

/** Who is too old for us finds us too new. */
const MIRRORED = { Unknown: "Unknown", TooOld: "TooNew", TooNew: "TooOld" } as const

const describe = ({ minVersion, name, version }: ProtocolDefinition): string =>
  `${name} in version ${version}, and works from version ${minVersion}`
