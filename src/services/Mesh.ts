/**
 * The mesh: an unorganised network in which a broadcast reaches everyone.
 *
 * Source: the 0.7 wire protocol, "Mesh".
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Address } from "../domain/Address.ts"
import * as Bytes from "../domain/Bytes.ts"
import * as Envelope from "../domain/Envelope.ts"
import { Main, Sub } from "../domain/Flags.ts"
import { isNodeId, NodeId } from "../domain/Ids.ts"
import { DIGEST_BYTES, RECENT_SENDERS_MAX, SUBSCRIBER_MAX_BYTES } from "../domain/Limits.ts"
import * as MessagePack from "../domain/MessagePack.ts"
import type { PeerEvent, PeerInfo } from "../domain/PeerEvent.ts"
import type { UnreachableError } from "../domain/UnreachableError.ts"
import type { Value } from "../domain/Value.ts"
import { Connections } from "./Connections.ts"
import { Identity } from "./Identity.ts"
import { MessageRef } from "./MessageRef.ts"
import { type BroadcastError, type Counters, type Incoming, Relay } from "./Relay.ts"
import { type EscalationError, Supervisor } from "./Supervisor.ts"
import { noted, traced } from "./Traced.ts"
import { type SubscriberLaggedError, Subscribers, type Subscription } from "./Subscribers.ts"
import { type SendError, Whispering } from "./Whispering.ts"

/** A message that was received. */
export class Message extends MessageRef {
  /** The node that made it. */
  readonly sender: NodeId
  readonly flag: "broadcast" | "whisper"
  /** What the application said. */
  readonly payload: ReadonlyArray<Value>
  /** When its sender made it, in whole seconds of Unix time by its clock. */
  readonly time: number
  /** About what it takes in memory, in bytes. */
  readonly size: number

  constructor(incoming: Incoming, sender: NodeId, payload: ReadonlyArray<Value>, size: number) {
    super(Bytes.copy(incoming.body, 0, DIGEST_BYTES))
    const { envelope } = incoming
    this.sender = sender
    this.flag = envelope.main === Main.broadcast ? "broadcast" : "whisper"
    this.payload = payload
    this.time = envelope.time
    this.size = size
  }
}

/**
 * Ids of recent senders, so that a message costs no new text, and a thousand messages of one sender hold
 * one. Starts over when it is full.
 */
class Senders {
  private readonly known = new Map<string, NodeId>()
  of({ envelope, senderKey }: Incoming): NodeId | undefined {
    let id = this.known.get(senderKey)
    if (id === undefined) {
      const text = Envelope.sender(envelope)
      if (!isNodeId(text)) return undefined
      id = text
      if (this.known.size >= RECENT_SENDERS_MAX) this.known.clear()
      this.known.set(senderKey, id)
    }
    return id
  }
}

/** What an application says: any values. */
export type Payload = ReadonlyArray<Value>

export class Mesh extends Context.Service<
  Mesh,
  {
    readonly id: NodeId
    /** Where the node listens. */
    readonly listening: ReadonlyArray<Address>
    /**
     * Says something to everyone. Equal broadcasts all arrive, also within a second.
     *
     * Waits while every peer's outbox is above its high-water mark.
     */
    readonly broadcast: (
      payload: Payload
    ) => Effect.Effect<MessageRef, MessagePack.ValueEncodeError | BroadcastError>
    /** Says something to a direct peer; waits while its outbox is above the high-water mark. */
    readonly send: (
      peer: NodeId,
      payload: Payload
    ) => Effect.Effect<void, MessagePack.ValueEncodeError | UnreachableError | SendError>
    /**
     * Answers a message's sender. One that is not a direct peer is sought in the network and dialled; where
     * no dial reaches it, across a bridge say, others carry the answer.
     */
    readonly reply: (
      to: { readonly sender: NodeId },
      payload: Payload
    ) => Effect.Effect<void, MessagePack.ValueEncodeError | UnreachableError | SendError>
    /**
     * All messages received from the moment on that the stream runs.
     *
     * Fails with `SubscriberLaggedError` when more than `SUBSCRIBER_MAX_BYTES` wait to be taken.
     */
    readonly messages: Stream.Stream<Message, SubscriberLaggedError>
    /** The same in batches, from the moment on that this effect is done. */
    readonly subscribe: Effect.Effect<Subscription<Message>, never, Scope.Scope>
    /** The peers that are connected now. */
    readonly peers: Effect.Effect<ReadonlyArray<PeerInfo>>
    /**
     * Peers coming and going, and connections that came to nothing, each with its reason. Begins with a
     * `PeerConnected` for each peer that is there already.
     */
    readonly peerEvents: Stream.Stream<PeerEvent>
    /** What the node has done so far. */
    readonly counters: Effect.Effect<Readonly<Counters>>
    /** Fails when a part of the node was given up, and the node with it. */
    readonly failure: Effect.Effect<never, EscalationError>
  }
>()("effect-p2p/services/Mesh") {
  static readonly layer: Layer.Layer<
    Mesh,
    never,
    Connections | Identity | Relay | Supervisor | Whispering
  > = Layer.effect(
    Mesh,
    Effect.gen(function* () {
      const connections = yield* Connections
      const identity = yield* Identity
      const relay = yield* Relay
      const supervisor = yield* Supervisor
      const whispering = yield* Whispering
      // The mesh is built last and so stops first: goodbyes go out while all the rest still runs.
      yield* Effect.addFinalizer(() => connections.shutdown)
      const subscribers = new Subscribers<Message>(
        SUBSCRIBER_MAX_BYTES,
        ({ size }) => size,
        () => relay.counters.subscribersLagged++
      )

      const senders = new Senders()

      const receive = (incoming: Incoming) => {
        if (subscribers.isEmpty) return
        const payload = Envelope.payload(incoming.envelope, 1)
        if (Result.isFailure(payload)) {
          // Who passed a broadcast on is not to blame for what its originator put into it.
          if (incoming.envelope.main === Main.broadcast) relay.counters.unreadable++
          else incoming.from.refuse(payload.failure)
          return
        }
        const sender = senders.of(incoming)
        if (sender === undefined) return incoming.from.drop("BadSender")
        if (incoming.isCarried) whispering.preferCarrying(sender)
        const size = incoming.envelope.bytes.length + MessagePack.decodedBytes()
        subscribers.publish(new Message(incoming, sender, payload.success, size))
      }
      // Old nodes show a message whose sub-flag is either of the two, however it travels.
      for (const main of [Main.broadcast, Main.whisper]) {
        for (const sub of [Sub.broadcast, Sub.whisper]) relay.handle(main, sub, receive)
      }

      const encode = (sub: number, payload: Payload) =>
        noted(
          () => MessagePack.encode([sub, ...payload]),
          (encoded) => ({ "p2p.bytes": encoded.length })
        )
      const toPeer = (peer: NodeId) => () => ({ "p2p.node": identity.id, "p2p.peer": peer })

      const broadcast = (payload: Payload) =>
        traced(
          "Mesh.broadcast",
          Effect.flatMap(encode(Sub.broadcast, payload), (encoded) =>
            Effect.map(relay.broadcast(encoded), (digest) => new MessageRef(digest))
          ),
          () => ({ "p2p.node": identity.id }),
          ({ id }) => ({ "p2p.message": id })
        )

      const send = (peer: NodeId, payload: Payload) =>
        traced(
          "Mesh.send",
          Effect.flatMap(encode(Sub.whisper, payload), (encoded) =>
            whispering.toPeer(peer, encoded)
          ),
          toPeer(peer)
        )

      const reply = (to: { readonly sender: NodeId }, payload: Payload) =>
        traced(
          "Mesh.reply",
          Effect.flatMap(encode(Sub.whisper, payload), (encoded) =>
            whispering.toAnyone(to.sender, encoded)
          ),
          toPeer(to.sender)
        )

      return Mesh.of({
        id: identity.id,
        listening: identity.listening,
        broadcast,
        send,
        reply,
        messages: subscribers.stream,
        subscribe: subscribers.subscribe,
        peers: Effect.sync(() => connections.open().map(({ info }) => info)),
        peerEvents: connections.events,
        counters: Effect.sync(() => ({
          ...relay.counters,
          dropped: { ...relay.counters.dropped }
        })),
        failure: supervisor.escalation
      })
    })
  )
}
