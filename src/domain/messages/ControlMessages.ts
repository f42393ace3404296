/**
 * Our own control messages. They are whispers with sub-flags of 0xf0 and up, which old peers ignore,
 * so that they may be said to anyone, before the handshake too.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { Control, Main } from "../Flags.ts"
import { Value } from "../Value.ts"
import { type Codec, perDialect } from "./Codec.ts"

/** The software that a hello names. */
export const SOFTWARE = "effect-p2p"

/** The version of our additions to the wire: raised when a node must know of a change. */
export const CONTROL_VERSION = 1

/** The oldest version of our additions that we still speak. */
export const CONTROL_VERSION_MIN = 1

/** What a node that speaks our additions can do; unknown names are ignored. */
export const ABILITIES: ReadonlyArray<string> = ["goodbye", "heartbeat", "protocols", "carry"]

const Name = Schema.String.check(Schema.isMaxLength(64))
const Abilities = Schema.Array(Name).check(Schema.isMaxLength(64))

/**
 * `[whisper, …, hello, software, version, oldest version, abilities]`: said by ours as soon as the transport is open. Who
 * hears it knows that the peer is of our kind, answers in our dialect, and need not wait for more.
 */
export const Hello = Schema.TaggedStruct("Hello", {
  software: Name,
  version: Schema.Int,
  minVersion: Schema.Int,
  abilities: Abilities
})
export type Hello = typeof Hello.Type

export const hello: Codec<Hello> = {
  main: Main.whisper,
  sub: Control.hello,
  arity: "any",
  wire: perDialect(() =>
    Schema.TupleWithRest(
      Schema.Tuple([Schema.Literal(Control.hello), Name, Schema.Number, Schema.Number, Abilities]),
      [Value]
    ).pipe(
      Schema.decodeTo(
        Hello,
        SchemaTransformation.transform({
          decode: ([, software, version, minVersion, abilities]) => ({
            _tag: "Hello" as const,
            software,
            version,
            minVersion,
            abilities
          }),
          encode: (message) =>
            [
              Control.hello,
              message.software,
              message.version,
              message.minVersion,
              message.abilities
            ] as const
        })
      )
    )
  )
}

/** Why a node of ours ends a connection. */
export const GoodbyeReason = Schema.Literals([
  "WrongSubnet",
  "WrongVersion",
  "SelfConnection",
  "DuplicateConnection",
  "TooManyPeers",
  "HandshakeTimeout",
  "Malformed",
  "Flooding",
  "SlowPeer",
  "SlowFrame",
  "Overloaded",
  "Stopping"
])
export type GoodbyeReason = typeof GoodbyeReason.Type

/** `[whisper, …, goodbye, reason, detail]`: the connection ends, and why. */
export const Goodbye = Schema.TaggedStruct("Goodbye", {
  reason: Schema.String.check(Schema.isMaxLength(64)),
  detail: Schema.String.check(Schema.isMaxLength(1024))
})
export type Goodbye = typeof Goodbye.Type

export const goodbye: Codec<Goodbye> = {
  main: Main.whisper,
  sub: Control.goodbye,
  arity: 3,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Control.goodbye), Schema.String, Schema.String]).pipe(
      Schema.decodeTo(
        Goodbye,
        SchemaTransformation.transform({
          decode: ([, reason, detail]) => ({ _tag: "Goodbye" as const, reason, detail }),
          encode: (message) => [Control.goodbye, message.reason, message.detail] as const
        })
      )
    )
  )
}

/** `[whisper, …, heartbeat, n]`: are you there? */
export const Heartbeat = Schema.TaggedStruct("Heartbeat", { sequence: Schema.Int })
export type Heartbeat = typeof Heartbeat.Type

export const heartbeat: Codec<Heartbeat> = {
  main: Main.whisper,
  sub: Control.heartbeat,
  arity: 2,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Control.heartbeat), Schema.Number]).pipe(
      Schema.decodeTo(
        Heartbeat,
        SchemaTransformation.transform({
          decode: ([, sequence]) => ({ _tag: "Heartbeat" as const, sequence }),
          encode: (message) => [Control.heartbeat, message.sequence] as const
        })
      )
    )
  )
}

/** `[whisper, …, heartbeat acknowledged, n]`: I am. */
export const HeartbeatAck = Schema.TaggedStruct("HeartbeatAck", { sequence: Schema.Int })
export type HeartbeatAck = typeof HeartbeatAck.Type

export const heartbeatAck: Codec<HeartbeatAck> = {
  main: Main.whisper,
  sub: Control.heartbeatAck,
  arity: 2,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Control.heartbeatAck), Schema.Number]).pipe(
      Schema.decodeTo(
        HeartbeatAck,
        SchemaTransformation.transform({
          decode: ([, sequence]) => ({ _tag: "HeartbeatAck" as const, sequence }),
          encode: (message) => [Control.heartbeatAck, message.sequence] as const
        })
      )
    )
  )
}
