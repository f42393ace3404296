/**
 * Typed protocols: schemas for the messages, handlers, done.
 *
 * ```ts
 * class Said extends Schema.TaggedClass<Said>()("Said", { text: Schema.String }) {}
 *
 * class Chat extends Protocol.Service<Chat>()("chat", {
 *   version: 1,
 *   messages: [Protocol.message(0x30, Said)]
 * }) {}
 *
 * const layer = Chat.layer({ Said: ({ text }, { id }) => Console.log(`${id}: ${text}`) })
 * ```
 *
 * A message is checked as it is made: `new Said({ … })` throws where a value is not as the schema wants it. Of
 * what users bring it is made by `Said.makeEffect`, which fails, or `Said.makeOption`.
 *
 * The layer goes over any node's (`MeshNode.layer`), and `yield* Chat` speaks. What a protocol is on the
 * wire: docs/protocol.md, "Typed protocols".
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { PROTOCOL_CONCURRENCY } from "../domain/Limits.ts"
import type { Any, ProtocolDefinition, ProtocolError } from "../domain/ProtocolDefinition.ts"
import * as ProtocolClient from "./ProtocolClient.ts"
import type { Protocols } from "./Protocols.ts"
import type { Client, Handlers, HandlerServices } from "./ProtocolShape.ts"

export { message, ProtocolError, request } from "../domain/ProtocolDefinition.ts"
export { AskError } from "./Asks.ts"
export { Protocols } from "./Protocols.ts"
export { type ProtocolCounters, Sender } from "./ProtocolInbox.ts"
export {
  type AskOptions,
  type Client,
  type Handlers,
  IncompatibleError,
  type ProtocolPeer,
  type SendFailure
} from "./ProtocolShape.ts"

export interface Options<Messages extends ReadonlyArray<Any>> {
  readonly version: number
  /** The oldest version that this one works with; its own by default. */
  readonly minVersion?: number | undefined
  readonly messages: Messages
}

export interface LayerOptions {
  /** Handlers of one kind of message that run at once; `PROTOCOL_CONCURRENCY` by default. */
  readonly concurrency?: number | undefined
}

/** A protocol as a service: the key of its {@link Client}, and how to make a layer of it. */
export interface ProtocolClass<
  in out Self,
  in out Name extends string,
  in out Messages extends ReadonlyArray<Any>
> extends Context.ServiceClass<Self, `effect-p2p/Protocol/${Name}`, Client<Messages>> {
  readonly definition: ProtocolDefinition<Messages>
  /**
   * Begins to speak the protocol on a node, for as long as the scope lives, with its handlers: one for each kind
   * of message, or an effect that makes them, for which the protocol itself is at hand already. For a
   * service of one's own that both speaks and is spoken to.
   *
   * Fails with `ProtocolError` where the definition is wrong, or the node has another protocol with the
   * name or one of the flags.
   */
  readonly make: <H extends Handlers<Messages>, E = never, R = never>(
    handlers: H | Effect.Effect<H, E, R>,
    options?: LayerOptions
  ) => Effect.Effect<
    Client<Messages>,
    ProtocolError | E,
    Protocols | Scope.Scope | Exclude<R, Self> | Exclude<HandlerServices<H>, Self | Scope.Scope>
  >
  /** The same as a layer, which gives the protocol as a service. */
  readonly layer: <H extends Handlers<Messages>, E = never, R = never>(
    handlers: H | Effect.Effect<H, E, R>,
    options?: LayerOptions
  ) => Layer.Layer<
    Self,
    ProtocolError | E,
    | Protocols
    | Exclude<Exclude<R, Self>, Scope.Scope>
    | Exclude<HandlerServices<H>, Self | Scope.Scope>
  >
}

/**
 * Defines a protocol: `class Chat extends Protocol.Service<Chat>()("chat", { … }) {}`. Its name is part of
 * each message on the wire.
 */
export const Service =
  <Self>() =>
  <const Name extends string, const Messages extends ReadonlyArray<Any>>(
    name: Name,
    options: Options<Messages>
  ): ProtocolClass<Self, Name, Messages> => {
    const { messages, version } = options
    const minVersion = options.minVersion ?? version
    const definition: ProtocolDefinition<Messages> = { name, version, minVersion, messages }
    const key = Context.Service<Self, Client<Messages>>()(`effect-p2p/Protocol/${name}`)
    const make = <H extends Handlers<Messages>, E = never, R = never>(
      handlers: H | Effect.Effect<H, E, R>,
      { concurrency = PROTOCOL_CONCURRENCY }: LayerOptions = {}
    ) => ProtocolClient.make(key, definition, handlers, concurrency)
    return Object.assign(key, {
      definition,
      make,
      layer: <H extends Handlers<Messages>, E = never, R = never>(
        handlers: H | Effect.Effect<H, E, R>,
        options: LayerOptions = {}
      ) => Layer.effect(key, make(handlers, options))
    })
  }
