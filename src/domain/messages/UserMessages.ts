/**
 * What applications say to each other: any values, broadcast or whispered.
 * Source: the 0.7 wire protocol, "Mesh".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { Main, Sub } from "../Flags.ts"
import { Value } from "../Value.ts"
import { type Codec, perDialect } from "./Codec.ts"

/** `[broadcast, …, broadcast, ...values]`: to everyone. */
export const UserBroadcast = Schema.TaggedStruct("UserBroadcast", {
  payload: Schema.Array(Value)
})
export type UserBroadcast = typeof UserBroadcast.Type

export const userBroadcast: Codec<UserBroadcast> = {
  main: Main.broadcast,
  sub: Sub.broadcast,
  arity: "any",
  wire: perDialect(() =>
    Schema.TupleWithRest(Schema.Tuple([Schema.Literal(Sub.broadcast)]), [Value]).pipe(
      Schema.decodeTo(
        UserBroadcast,
        SchemaTransformation.transform({
          decode: ([, ...payload]): UserBroadcast => ({ _tag: "UserBroadcast", payload }),
          encode: (message) => [Sub.broadcast, ...message.payload] as const
        })
      )
    )
  )
}

/** `[whisper, …, whisper, ...values]`: to the direct peer only. */
export const UserWhisper = Schema.TaggedStruct("UserWhisper", { payload: Schema.Array(Value) })
export type UserWhisper = typeof UserWhisper.Type

export const userWhisper: Codec<UserWhisper> = {
  main: Main.whisper,
  sub: Sub.whisper,
  arity: "any",
  wire: perDialect(() =>
    Schema.TupleWithRest(Schema.Tuple([Schema.Literal(Sub.whisper)]), [Value]).pipe(
      Schema.decodeTo(
        UserWhisper,
        SchemaTransformation.transform({
          decode: ([, ...payload]): UserWhisper => ({ _tag: "UserWhisper", payload }),
          encode: (message) => [Sub.whisper, ...message.payload] as const
        })
      )
    )
  )
}
