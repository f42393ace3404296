/** Generators of every message of the wire. */
import * as Arbitrary from "effect/Arbitrary"
import * as Carry from "../../src/domain/messages/CarryMessages.ts"
import * as Control from "../../src/domain/messages/ControlMessages.ts"
import * as Peer from "../../src/domain/messages/PeerMessages.ts"
import * as Protocol from "../../src/domain/messages/ProtocolMessages.ts"
import * as Table from "../../src/domain/messages/TableMessages.ts"
import type { WireMessage } from "../../src/domain/messages/WireMessage.ts"
import { isRecord, isValue } from "../../src/domain/Value.ts"
import { anyOf, bytes, integers, texts, values } from "./Arbitraries.ts"

type Tag = WireMessage["_tag"]

/** Whether a message comes back as it went: UTF-8 has no lone surrogates, and integers one zero. */
const isCanonical = (part: unknown): boolean => {
  if (typeof part === "string") return part.isWellFormed()
  if (typeof part === "number") return !Object.is(part, -0)
  if (Array.isArray(part)) return part.every(isCanonical)
  return !isValue(part) || !isRecord(part) || Object.values(part).every(isCanonical)
}

const keys = anyOf<string | Uint8Array>(texts, bytes())
const tables = Arbitrary.schema(Table.Table)
const payload = Arbitrary.array(values)

/** One generator for each message; what carries any values is put together, the rest is derived. */
const byTag: {
  readonly [T in Tag]: Arbitrary.Arbitrary<Extract<WireMessage, { readonly _tag: T }>>
} = {
  Handshake: Arbitrary.schema(Peer.Handshake),
  PeerList: Arbitrary.schema(Peer.PeerList),
  PeerRequest: Arbitrary.schema(Peer.PeerRequest),
  PeerResponse: Arbitrary.schema(Peer.PeerResponse),
  PeerListRequest: Arbitrary.schema(Peer.PeerListRequest),
  Renegotiation: Arbitrary.schema(Peer.Renegotiation),
  ResendRequest: Arbitrary.schema(Peer.ResendRequest),
  UserBroadcast: Arbitrary.all({ _tag: Arbitrary.Constant("UserBroadcast"), payload }),
  UserWhisper: Arbitrary.all({ _tag: Arbitrary.Constant("UserWhisper"), payload }),
  SyncStore: Arbitrary.all({ _tag: Arbitrary.Constant("SyncStore"), key: keys, value: values }),
  SyncAssociation: Arbitrary.all({
    _tag: Arbitrary.Constant("SyncAssociation"),
    key: keys,
    value: values,
    owner: keys,
    timestamp: integers(0, Number.MAX_SAFE_INTEGER)
  }),
  SyncDelta: Arbitrary.all({ _tag: Arbitrary.Constant("SyncDelta"), key: keys, delta: values }),
  ChordHandshake: Arbitrary.schema(Table.ChordHandshake),
  ChordStore: Arbitrary.all({
    _tag: Arbitrary.Constant("ChordStore"),
    table: tables,
    key: texts,
    value: values
  }),
  ChordDelta: Arbitrary.all({
    _tag: Arbitrary.Constant("ChordDelta"),
    table: tables,
    key: texts,
    delta: values
  }),
  ChordRetrieve: Arbitrary.schema(Table.ChordRetrieve),
  ChordRetrieved: Arbitrary.all({
    _tag: Arbitrary.Constant("ChordRetrieved"),
    table: tables,
    key: texts,
    value: values
  }),
  KeyAdded: Arbitrary.schema(Table.KeyAdded),
  KeyRemoved: Arbitrary.schema(Table.KeyRemoved),
  Hello: Arbitrary.schema(Control.Hello),
  Goodbye: Arbitrary.schema(Control.Goodbye),
  Heartbeat: Arbitrary.schema(Control.Heartbeat),
  HeartbeatAck: Arbitrary.schema(Control.HeartbeatAck),
  Announcement: Arbitrary.schema(Protocol.Announcement),
  Answer: Arbitrary.all({
    _tag: Arbitrary.Constant("Answer"),
    number: integers(0, 0xffff_ffff),
    outcome: Arbitrary.schema(Protocol.Answer.fields.outcome),
    value: values
  }),
  Cancel: Arbitrary.schema(Protocol.Cancel),
  Carry: Arbitrary.schema(Carry.Carry),
  Carried: Arbitrary.schema(Carry.Carried)
}

/** Every message's name, and a generator of it. */
export const messages: ReadonlyArray<readonly [tag: string, Arbitrary.Arbitrary<WireMessage>]> =
  Object.entries<Arbitrary.Arbitrary<WireMessage>>(byTag).map(([tag, generator]) => [
    tag,
    Arbitrary.filter(generator, isCanonical)
  ])
