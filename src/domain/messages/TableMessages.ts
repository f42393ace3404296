/**
 * Messages of the sync table and of the chord table.
 * Source: the 0.7 wire protocol, "Sync table" and "Chord table".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { text } from "../Dialect.ts"
import { Main, Sub } from "../Flags.ts"
import { Value } from "../Value.ts"
import { type Codec, perDialect } from "./Codec.ts"

/** A table's key as it was spelled: a string stands for its UTF-8 bytes. */
export const TableKey = Schema.Union([Schema.String, Schema.Uint8Array])
export type TableKey = typeof TableKey.Type

/** `[broadcast, owner, time, store, key, value]`: the sender sets a key; nil deletes it. */
export const SyncStore = Schema.TaggedStruct("SyncStore", { key: TableKey, value: Value })
export type SyncStore = typeof SyncStore.Type

export const syncStore: Codec<SyncStore> = {
  main: Main.broadcast,
  sub: Sub.store,
  arity: 3,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Sub.store), TableKey, Value]).pipe(
      Schema.decodeTo(
        SyncStore,
        SchemaTransformation.transform({
          decode: ([, key, value]) => ({ _tag: "SyncStore" as const, key, value }),
          encode: (message) => [Sub.store, message.key, message.value] as const
        })
      )
    )
  )
}

/**
 * `[whisper, …, store, key, value, owner, timestamp]`: an association that the sender holds.
 *
 * The owner is kept in its own spelling (`Value`): py2p refuses a respelled owner's later writes.
 */
export const SyncAssociation = Schema.TaggedStruct("SyncAssociation", {
  key: TableKey,
  value: Value,
  owner: TableKey,
  timestamp: Schema.Int
})
export type SyncAssociation = typeof SyncAssociation.Type

export const syncAssociation: Codec<SyncAssociation> = {
  main: Main.whisper,
  sub: Sub.store,
  arity: 5,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Sub.store), TableKey, Value, TableKey, Schema.Number]).pipe(
      Schema.decodeTo(
        SyncAssociation,
        SchemaTransformation.transform({
          decode: ([, key, value, owner, timestamp]) => ({
            _tag: "SyncAssociation" as const,
            key,
            value,
            owner,
            timestamp
          }),
          encode: (message) =>
            [Sub.store, message.key, message.value, message.owner, message.timestamp] as const
        })
      )
    )
  )
}

/** `[broadcast, owner, time, delta, key, map]`: merges a map into the value of a key. */
export const SyncDelta = Schema.TaggedStruct("SyncDelta", { key: TableKey, delta: Value })
export type SyncDelta = typeof SyncDelta.Type

export const syncDelta: Codec<SyncDelta> = {
  main: Main.broadcast,
  sub: Sub.delta,
  arity: 3,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Sub.delta), TableKey, Value]).pipe(
      Schema.decodeTo(
        SyncDelta,
        SchemaTransformation.transform({
          decode: ([, key, delta]) => ({ _tag: "SyncDelta" as const, key, delta }),
          encode: (message) => [Sub.delta, message.key, message.delta] as const
        })
      )
    )
  )
}

/** `[whisper, …, handshake, "0" | "1"]`: whether the sender stores or leeches. */
export const ChordHandshake = Schema.TaggedStruct("ChordHandshake", { leeching: Schema.Boolean })
export type ChordHandshake = typeof ChordHandshake.Type

export const chordHandshake: Codec<ChordHandshake> = {
  main: Main.whisper,
  sub: Sub.handshake,
  arity: 2,
  // "0" and "1" are str in both dialects, unlike the ids.
  wire: perDialect(() =>
    Schema.Tuple([
      Schema.Literal(Sub.handshake),
      text("str").pipe(Schema.decodeTo(Schema.Literals(["0", "1"])))
    ]).pipe(
      Schema.decodeTo(
        ChordHandshake,
        SchemaTransformation.transform({
          decode: ([, mode]) => ({ _tag: "ChordHandshake" as const, leeching: mode === "1" }),
          encode: (message) =>
            [Sub.handshake, message.leeching ? ("1" as const) : ("0" as const)] as const
        })
      )
    )
  )
}

/** The five tables of a chord network, by the digest that places their keys. */
export const Table = Schema.Literals(["sha1", "sha224", "sha256", "sha384", "sha512"])
export type Table = typeof Table.Type

const table = (dialect: "str" | "bin") => text(dialect).pipe(Schema.decodeTo(Table))

/** `[whisper, …, store, table, base58 key, value]`: store at the key's owner; nil deletes. */
export const ChordStore = Schema.TaggedStruct("ChordStore", {
  table: Table,
  key: Schema.String,
  value: Value
})
export type ChordStore = typeof ChordStore.Type

export const chordStore: Codec<ChordStore> = {
  main: Main.whisper,
  sub: Sub.store,
  arity: 4,
  wire: perDialect((dialect) =>
    Schema.Tuple([Schema.Literal(Sub.store), table(dialect), text(dialect), Value]).pipe(
      Schema.decodeTo(
        ChordStore,
        SchemaTransformation.transform({
          decode: ([, table, key, value]) => ({ _tag: "ChordStore" as const, table, key, value }),
          encode: (message) => [Sub.store, message.table, message.key, message.value] as const
        })
      )
    )
  )
}

/** `[whisper, …, delta, table, base58 key, map]`: merge a map at the key's owner. */
export const ChordDelta = Schema.TaggedStruct("ChordDelta", {
  table: Table,
  key: Schema.String,
  delta: Value
})
export type ChordDelta = typeof ChordDelta.Type

export const chordDelta: Codec<ChordDelta> = {
  main: Main.whisper,
  sub: Sub.delta,
  arity: 4,
  wire: perDialect((dialect) =>
    Schema.Tuple([Schema.Literal(Sub.delta), table(dialect), text(dialect), Value]).pipe(
      Schema.decodeTo(
        ChordDelta,
        SchemaTransformation.transform({
          decode: ([, table, key, delta]) => ({ _tag: "ChordDelta" as const, table, key, delta }),
          encode: (message) => [Sub.delta, message.table, message.key, message.delta] as const
        })
      )
    )
  )
}

/** `[whisper, …, retrieve, table, base58 key]`: ask the key's owner. */
export const ChordRetrieve = Schema.TaggedStruct("ChordRetrieve", {
  table: Table,
  key: Schema.String
})
export type ChordRetrieve = typeof ChordRetrieve.Type

export const chordRetrieve: Codec<ChordRetrieve> = {
  main: Main.whisper,
  sub: Sub.retrieve,
  arity: 3,
  wire: perDialect((dialect) =>
    Schema.Tuple([Schema.Literal(Sub.retrieve), table(dialect), text(dialect)]).pipe(
      Schema.decodeTo(
        ChordRetrieve,
        SchemaTransformation.transform({
          decode: ([, table, key]) => ({ _tag: "ChordRetrieve" as const, table, key }),
          encode: (message) => [Sub.retrieve, message.table, message.key] as const
        })
      )
    )
  )
}

/** `[whisper, …, retrieved, table, base58 key, value | nil]`: the answer; nil is not final. */
export const ChordRetrieved = Schema.TaggedStruct("ChordRetrieved", {
  table: Table,
  key: Schema.String,
  value: Value
})
export type ChordRetrieved = typeof ChordRetrieved.Type

export const chordRetrieved: Codec<ChordRetrieved> = {
  main: Main.whisper,
  sub: Sub.retrieved,
  arity: 4,
  wire: perDialect((dialect) =>
    Schema.Tuple([Schema.Literal(Sub.retrieved), table(dialect), text(dialect), Value]).pipe(
      Schema.decodeTo(
        ChordRetrieved,
        SchemaTransformation.transform({
          decode: ([, table, key, value]) => ({
            _tag: "ChordRetrieved" as const,
            table,
            key,
            value
          }),
          encode: (message) => [Sub.retrieved, message.table, message.key, message.value] as const
        })
      )
    )
  )
}

/** `[broadcast, …, notify, key]`: a new key, for every node's list. */
export const KeyAdded = Schema.TaggedStruct("KeyAdded", { key: TableKey })
export type KeyAdded = typeof KeyAdded.Type

export const keyAdded: Codec<KeyAdded> = {
  main: Main.broadcast,
  sub: Sub.notify,
  arity: 2,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Sub.notify), TableKey]).pipe(
      Schema.decodeTo(
        KeyAdded,
        SchemaTransformation.transform({
          decode: ([, key]) => ({ _tag: "KeyAdded" as const, key }),
          encode: (message) => [Sub.notify, message.key] as const
        })
      )
    )
  )
}

/** `[broadcast, …, notify, key, "del"]`: a key is gone. */
export const KeyRemoved = Schema.TaggedStruct("KeyRemoved", { key: TableKey })
export type KeyRemoved = typeof KeyRemoved.Type

export const keyRemoved: Codec<KeyRemoved> = {
  main: Main.broadcast,
  sub: Sub.notify,
  arity: 3,
  wire: perDialect((dialect) =>
    Schema.Tuple([
      Schema.Literal(Sub.notify),
      TableKey,
      text(dialect).pipe(Schema.decodeTo(Schema.Literal("del")))
    ]).pipe(
      Schema.decodeTo(
        KeyRemoved,
        SchemaTransformation.transform({
          decode: ([, key]) => ({ _tag: "KeyRemoved" as const, key }),
          encode: (message) => [Sub.notify, message.key, "del"] as const
        })
      )
    )
  )
}
