/**
 * Every message that can cross the wire, and the one way to read and write them.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Dialect } from "../Dialect.ts"
import { ISSUE_MAX_CHARS } from "../Limits.ts"
import type { Codec, Payload } from "./Codec.ts"
import * as CarryMessages from "./CarryMessages.ts"
import * as ControlMessages from "./ControlMessages.ts"
import * as PeerMessages from "./PeerMessages.ts"
import * as ProtocolMessages from "./ProtocolMessages.ts"
import * as TableMessages from "./TableMessages.ts"
import * as UserMessages from "./UserMessages.ts"

/** A payload that is no message we know, or a known one with a field that is wrong. */
export class MessageError extends Schema.TaggedError<MessageError>()("MessageError", {
  /** Main flag and sub-flag, as read. */
  main: Schema.Number,
  sub: Schema.Number,
  /** Which field is wrong and how, or that no such message exists. */
  issue: Schema.String
}) {
  override get message() {
    return `malformed message (flags ${this.main}, ${this.sub}): ${this.issue}`
  }
}

const codecs = {
  Handshake: PeerMessages.handshake,
  PeerList: PeerMessages.peerList,
  PeerRequest: PeerMessages.peerRequest,
  PeerResponse: PeerMessages.peerResponse,
  PeerListRequest: PeerMessages.peerListRequest,
  Renegotiation: PeerMessages.renegotiation,
  ResendRequest: PeerMessages.resendRequest,
  UserBroadcast: UserMessages.userBroadcast,
  UserWhisper: UserMessages.userWhisper,
  SyncStore: TableMessages.syncStore,
  SyncAssociation: TableMessages.syncAssociation,
  SyncDelta: TableMessages.syncDelta,
  ChordHandshake: TableMessages.chordHandshake,
  ChordStore: TableMessages.chordStore,
  ChordDelta: TableMessages.chordDelta,
  ChordRetrieve: TableMessages.chordRetrieve,
  ChordRetrieved: TableMessages.chordRetrieved,
  KeyAdded: TableMessages.keyAdded,
  KeyRemoved: TableMessages.keyRemoved,
  Hello: ControlMessages.hello,
  Goodbye: ControlMessages.goodbye,
  Heartbeat: ControlMessages.heartbeat,
  HeartbeatAck: ControlMessages.heartbeatAck,
  Announcement: ProtocolMessages.announcement,
  Answer: ProtocolMessages.answer,
  Cancel: ProtocolMessages.cancel,
  Carry: CarryMessages.carry,
  Carried: CarryMessages.carried
} as const

/** Any message of the wire. */
export type WireMessage = {
  readonly [Tag in keyof typeof codecs]: (typeof codecs)[Tag] extends Codec<infer A> ? A : never
}[keyof typeof codecs]

interface Entry {
  readonly codec: Codec<WireMessage>
  readonly decode: (payload: unknown) => Result.Result<WireMessage, Schema.SchemaError>
  readonly encode: {
    readonly [D in Dialect]: (message: unknown) => Result.Result<Payload, Schema.SchemaError>
  }
}

const entry = (codec: Codec<WireMessage>): Entry => ({
  codec,
  // Either spelling is decoded alike, so that one decoder serves both dialects.
  decode: Schema.decodeUnknownResult(codec.wire("str")),
  encode: {
    str: Schema.encodeUnknownResult(codec.wire("str")),
    bin: Schema.encodeUnknownResult(codec.wire("bin"))
  }
})

const key = (main: number, sub: number) => main * 0x1_0000 + sub

const byTag = new Map<string, Entry>()
const byFlags = new Map<number, Array<Entry>>()
for (const [tag, codec] of Object.entries<Codec<WireMessage>>(codecs)) {
  const made = entry(codec)
  const flags = key(codec.main, codec.sub)
  byTag.set(tag, made)
  byFlags.set(flags, [...(byFlags.get(flags) ?? []), made])
}

/** How a message travels: its main flag. */
export const mainFlag = (tag: WireMessage["_tag"]): number => codecs[tag].main

/**
 * Reads a payload (sub-flag first) that came under a main flag.
 *
 * Fails with `MessageError` where no message has these flags and this length, or a field is wrong.
 */
export const decode = (
  main: number,
  payload: Payload
): Result.Result<WireMessage, MessageError> => {
  const first = payload[0]
  const sub = typeof first === "number" ? first : -1
  const found = byFlags
    .get(key(main, sub))
    ?.find(({ codec }) => codec.arity === "any" || codec.arity === payload.length)
  if (found === undefined) {
    const issue = `no message of ${payload.length} elements has these flags`
    return Result.fail(new MessageError({ main, sub, issue }))
  }
  return Result.mapError(
    found.decode(payload),
    (error) => new MessageError({ main, sub, issue: error.message.slice(0, ISSUE_MAX_CHARS) })
  )
}

/**
 * Writes a message as the elements of its payload, texts spelled in a dialect.
 *
 * Fails with `MessageError` where a field is not as its schema wants it.
 */
export const encode = (
  message: WireMessage,
  dialect: Dialect
): Result.Result<Payload, MessageError> => {
  const { main, sub } = codecs[message._tag]
  const encoded = byTag.get(message._tag)?.encode[dialect](message)
  return encoded === undefined
    ? Result.fail(new MessageError({ main, sub, issue: "no such message" }))
    : Result.mapError(encoded, (error) => new MessageError({ main, sub, issue: error.message }))
}
