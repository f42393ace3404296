/**
 * The messages by which nodes of our kind carry a whisper to one that its sender can't dial: across a
 * bridge, say, or to a node that listens nowhere.
 *
 * Source: docs/protocol.md, "Carried whispers".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { Control, Main } from "../Flags.ts"
import { NodeId } from "../Ids.ts"
import { CARRY_HOPS_MAX, CARRY_MAX_BYTES, ID_MAX_CHARS } from "../Limits.ts"
import { type Codec, perDialect } from "./Codec.ts"

/** A text that names one carried message, drawn by its origin. */
const CarryId = Schema.NonEmptyString.check(Schema.isMaxLength(ID_MAX_CHARS))

/**
 * `[whisper, …, carry, carry id, origin, target, via, hops left, payload]`: pass this on to the target,
 * or towards it; `via` is a node that has said it is connected to it, or nil. The payload is the
 * MessagePack of an array, sub-flag first, as the origin would have whispered it.
 */
export const Carry = Schema.TaggedStruct("Carry", {
  carryId: CarryId,
  origin: NodeId,
  target: NodeId,
  via: Schema.NullOr(NodeId),
  hopsLeft: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: CARRY_HOPS_MAX })),
  payload: Schema.Uint8Array.check(
    Schema.makeFilter((bytes) =>
      bytes.length <= CARRY_MAX_BYTES ? undefined : `more than ${CARRY_MAX_BYTES} bytes`
    )
  )
})
export type Carry = typeof Carry.Type

export const carry: Codec<Carry> = {
  main: Main.whisper,
  sub: Control.carry,
  arity: 7,
  wire: perDialect(() =>
    Schema.Tuple([
      Schema.Literal(Control.carry),
      Schema.String,
      Schema.String,
      Schema.String,
      Schema.NullOr(Schema.String),
      Schema.Number,
      Schema.Uint8Array
    ]).pipe(
      Schema.decodeTo(
        Carry,
        SchemaTransformation.transform({
          decode: ([, carryId, origin, target, via, hopsLeft, payload]) => ({
            _tag: "Carry" as const,
            carryId,
            origin,
            target,
            via,
            hopsLeft,
            payload
          }),
          encode: (message) =>
            [
              Control.carry,
              message.carryId,
              message.origin,
              message.target,
              message.via,
              message.hopsLeft,
              message.payload
            ] as const
        })
      )
    )
  )
}

/** Whether a carried message has arrived, and if not, why. */
export const CarryOutcome = Schema.Literals(["Arrived", "NoRoute", "TooFar", "Full"])
export type CarryOutcome = typeof CarryOutcome.Type

/** `[whisper, …, carried, carry id, outcome]`: goes back the way that the carried message came. */
export const Carried = Schema.TaggedStruct("Carried", {
  carryId: CarryId,
  outcome: CarryOutcome
})
export type Carried = typeof Carried.Type

export const carried: Codec<Carried> = {
  main: Main.whisper,
  sub: Control.carried,
  arity: 3,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Control.carried), Schema.String, CarryOutcome]).pipe(
      Schema.decodeTo(
        Carried,
        SchemaTransformation.transform({
          decode: ([, carryId, outcome]) => ({ _tag: "Carried" as const, carryId, outcome }),
          encode: (message) => [Control.carried, message.carryId, message.outcome] as const
        })
      )
    )
  )
}
