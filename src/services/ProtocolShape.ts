/**
 * The types of a protocol's service: how it is spoken, and how its messages are handled.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { NodeId } from "../domain/Ids.ts"
import type { ValueEncodeError } from "../domain/MessagePack.ts"
import type { PeerInfo } from "../domain/PeerEvent.ts"
import {
  type Any,
  type AnyMessage,
  type AnyRequest,
  Incompatibility,
  type Message,
  type Request,
  type Versions
} from "../domain/ProtocolDefinition.ts"
import type { ProtocolProblem } from "../domain/ProtocolProblem.ts"
import type { UnreachableError } from "../domain/UnreachableError.ts"
import type { AskError } from "./Asks.ts"
import type { MessageRef } from "./MessageRef.ts"
import type { ProtocolCounters, Sender } from "./ProtocolInbox.ts"
import type { BroadcastError } from "./Relay.ts"
import type { SendError } from "./Whispering.ts"

/** A peer whose announcement says that it would refuse what we say. */
export class IncompatibleError extends Schema.TaggedError<IncompatibleError>()(
  "IncompatibleError",
  { protocol: Schema.String, peer: NodeId, reason: Incompatibility, detail: Schema.String }
) {
  override get message() {
    return `${this.peer} would refuse ${this.protocol} (${this.reason}): ${this.detail}`
  }
}

/** A protocol's messages that expect no answer. */
export type MessageOf<Messages extends ReadonlyArray<Any>> =
  Extract<Messages[number], AnyMessage> extends Message<infer M> ? M : never

/** A protocol's requests. */
export type RequestOf<Messages extends ReadonlyArray<Any>> =
  Extract<Messages[number], AnyRequest> extends Request<infer M, infer _A, infer _E> ? M : never

type DefinitionOf<Messages extends ReadonlyArray<Any>, Asked> = Extract<
  Messages[number],
  { readonly kind: "Request"; readonly schema: { readonly Type: Asked } }
>

/** What a request is answered with. */
export type AnswerOf<Messages extends ReadonlyArray<Any>, Asked> =
  DefinitionOf<Messages, Asked> extends Request<infer _M, infer A, infer _E> ? A : never

/** What its receiver may fail a request with. */
export type ErrorOf<Messages extends ReadonlyArray<Any>, Asked> =
  DefinitionOf<Messages, Asked> extends Request<infer _M, infer _A, infer E> ? E : never

/**
 * The handler of one kind of message. One of a request gives its answer, or fails with its error; what any
 * other one returns or fails with is its own affair.
 */
export type Handler<Definition extends Any> =
  Definition extends Request<infer M, infer A, infer E>
    ? (message: M, sender: Sender) => Effect.Effect<A, E, unknown>
    : Definition extends Message<infer M>
      ? (message: M, sender: Sender) => Effect.Effect<unknown, unknown, unknown>
      : never

/**
 * A handler for each kind of message, by its tag. Handlers start in the order in which messages came, as long
 * as fewer than the concurrency of one kind run; beyond it, that kind waits in a line of its own, and other
 * kinds overtake it.
 */
export type Handlers<Messages extends ReadonlyArray<Any>> = {
  readonly [Definition in Messages[number] as NonNullable<Definition["tag"]>]: Handler<Definition>
}

/** The services that handlers need. */
export type HandlerServices<H> = {
  readonly [Tag in keyof H]: H[Tag] extends (
    ...args: never
  ) => Effect.Effect<infer _A, infer _E, infer R>
    ? R
    : never
}[keyof H]

/** A peer, and what it has announced of a protocol. */
export interface ProtocolPeer extends PeerInfo {
  /** Its versions; undefined where it does not have the protocol, or has announced nothing yet. */
  readonly versions: Versions | undefined
}

/** Why a message could not be sent to a node. */
export type SendFailure = ValueEncodeError | IncompatibleError | UnreachableError | SendError

export interface AskOptions {
  /** How long to wait for the answer, the search for the node included; `ASK_TIMEOUT_MILLIS` by default. */
  readonly timeout?: Duration.Input | undefined
}

/** How a protocol is spoken. */
export interface Client<in out Messages extends ReadonlyArray<Any>> {
  /** This node's id. */
  readonly id: NodeId
  /** Tells everybody; waits while every peer's outbox is above its high-water mark. */
  readonly broadcast: (
    message: MessageOf<Messages>
  ) => Effect.Effect<MessageRef, ValueEncodeError | BroadcastError>
  /**
   * Tells one node, wherever in the network it is. Fails with `IncompatibleError` where it is a direct peer
   * whose announcement says that it would refuse.
   */
  readonly send: (node: NodeId, message: MessageOf<Messages>) => Effect.Effect<void, SendFailure>
  /**
   * Asks one node, and waits for its answer, or the error that it answers with. `AskError` says what else
   * came of it. Interrupted, or at the end of the time limit, it tells the node to give up.
   */
  readonly ask: <Asked extends RequestOf<Messages>>(
    node: NodeId,
    request: Asked,
    options?: AskOptions
  ) => Effect.Effect<AnswerOf<Messages, Asked>, ErrorOf<Messages, Asked> | AskError | SendFailure>
  /** The direct peers, and what each has announced of this protocol. */
  readonly peers: Effect.Effect<ReadonlyArray<ProtocolPeer>>
  /**
   * Direct peers as they announce the protocol, or another version of it, or (without versions) that they don't
   * have it any more. Begins with those that have announced it already.
   */
  readonly announcements: Stream.Stream<ProtocolPeer>
  /** What goes wrong with received messages, from the moment on that the stream runs. */
  readonly problems: Stream.Stream<ProtocolProblem>
  /** What the protocol has been through so far. */
  readonly counters: Effect.Effect<Readonly<ProtocolCounters>>
}
