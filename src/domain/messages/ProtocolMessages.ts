/**
 * The messages by which typed protocols work: what a node announces, what a protocol's own messages
 * look like, and the answers to those that ask.
 *
 * Source: docs/protocol.md, "Typed protocols".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { Control, Main } from "../Flags.ts"
import { PROTOCOL_NAME_MAX_CHARS, PROTOCOL_VERSION_MAX, PROTOCOLS_MAX } from "../Limits.ts"
import { isRecord, isValue, Value } from "../Value.ts"
import { type Codec, perDialect } from "./Codec.ts"

/** A protocol's name: printable ASCII, for it stands in logs and metrics. */
export const ProtocolName = Schema.NonEmptyString.check(
  Schema.isMaxLength(PROTOCOL_NAME_MAX_CHARS),
  Schema.isPattern(/^[!-~]*$/)
)

/** A protocol's version; versions are ordered. */
export const ProtocolVersion = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: PROTOCOL_VERSION_MAX })
)

/** Highest number of a request: what four bytes hold. */
export const REQUEST_NUMBER_MAX = 0xffff_ffff

/** A number that an asker gives to a request of its own. */
export const RequestNumber = Schema.Int.check(
  Schema.isBetween({ minimum: 0, maximum: REQUEST_NUMBER_MAX })
)

/** A protocol as a node announces it: its version, and the oldest one that it works with. */
export const AnnouncedProtocol = Schema.Struct({
  name: ProtocolName,
  version: ProtocolVersion,
  minVersion: ProtocolVersion
})
export type AnnouncedProtocol = typeof AnnouncedProtocol.Type

/** `[whisper, …, announcement, [[name, version, oldest version], …]]`: all protocols of a node. */
export const Announcement = Schema.TaggedStruct("Announcement", {
  protocols: Schema.Array(AnnouncedProtocol).check(Schema.isMaxLength(PROTOCOLS_MAX))
})
export type Announcement = typeof Announcement.Type

export const announcement: Codec<Announcement> = {
  main: Main.whisper,
  sub: Control.announcement,
  arity: 2,
  wire: perDialect(() =>
    Schema.Tuple([
      Schema.Literal(Control.announcement),
      Schema.Array(Schema.Tuple([Schema.String, Schema.Number, Schema.Number]))
    ]).pipe(
      Schema.decodeTo(
        Announcement,
        SchemaTransformation.transform<
          Announcement,
          readonly [typeof Control.announcement, ReadonlyArray<readonly [string, number, number]>]
        >({
          decode: ([, protocols]) => ({
            _tag: "Announcement" as const,
            protocols: protocols.map(([name, version, minVersion]) => ({
              name,
              version,
              minVersion
            }))
          }),
          encode: (message) => [
            Control.announcement,
            message.protocols.map(
              ({ minVersion, name, version }) => [name, version, minVersion] as const
            )
          ]
        })
      )
    )
  )
}

/** How an ask came out: with its answer, with an error of the protocol's own, or not at all. */
export const Outcome = { answer: 0, error: 1, refused: 2 } as const

/**
 * `[whisper, …, answer, request number, outcome, value]`: the answer to an ask. Refused, its value is
 * `[reason, detail]`.
 */
export const Answer = Schema.TaggedStruct("Answer", {
  number: RequestNumber,
  outcome: Schema.Literals([Outcome.answer, Outcome.error, Outcome.refused]),
  value: Value
})
export type Answer = typeof Answer.Type

export const answer: Codec<Answer> = {
  main: Main.whisper,
  sub: Control.answer,
  arity: 4,
  wire: perDialect(() =>
    Schema.Tuple([
      Schema.Literal(Control.answer),
      Schema.Number,
      Answer.fields.outcome,
      Value
    ]).pipe(
      Schema.decodeTo(
        Answer,
        SchemaTransformation.transform({
          decode: ([, number, outcome, value]) => ({
            _tag: "Answer" as const,
            number,
            outcome,
            value
          }),
          encode: (message) =>
            [Control.answer, message.number, message.outcome, message.value] as const
        })
      )
    )
  )
}

/** `[whisper, …, cancel, request number]`: nobody waits for that answer any more. */
export const Cancel = Schema.TaggedStruct("Cancel", { number: RequestNumber })
export type Cancel = typeof Cancel.Type

export const cancel: Codec<Cancel> = {
  main: Main.whisper,
  sub: Control.cancel,
  arity: 2,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Control.cancel), Schema.Number]).pipe(
      Schema.decodeTo(
        Cancel,
        SchemaTransformation.transform({
          decode: ([, number]) => ({ _tag: "Cancel" as const, number }),
          encode: (message) => [Control.cancel, message.number] as const
        })
      )
    )
  )
}

/** The fields of a protocol's message; a map, and so open to fields to come. */
export interface Body {
  readonly [key: string]: Value
}
export const Body: Schema.declare<Body> = Schema.declare(
  (u): u is Body => isValue(u) && isRecord(u),
  { identifier: "Body", expected: "a map whose keys are strings" }
)

/**
 * `[flag, name, version, oldest version, body]`, or with a request number at its end where it asks: the
 * payload of a protocol's message, be it broadcast or whispered. The protocol is named, since two that
 * know nothing of each other may have chosen the same flag.
 */
export const ProtocolPayload = Schema.Union([
  Schema.Tuple([Schema.Int, ProtocolName, ProtocolVersion, ProtocolVersion, Body]),
  Schema.Tuple([Schema.Int, ProtocolName, ProtocolVersion, ProtocolVersion, Body, RequestNumber])
])
export type ProtocolPayload = typeof ProtocolPayload.Type
