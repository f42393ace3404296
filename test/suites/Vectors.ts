/** The frames in `test/vectors`: recorded from live nodes of the two old kinds, in wire order. */
import { readFileSync } from "node:fs"
import * as Schema from "effect/Schema"
import * as Bytes from "../../src/domain/Bytes.ts"
import type { Value } from "../../src/domain/Value.ts"
import { fromHex } from "./Hex.ts"

const Recorded = Schema.Struct({
  conn: Schema.Int,
  dir: Schema.Literals(["dialer->acceptor", "acceptor->dialer"]),
  compression: Schema.Literals(["none", "zlib", "gzip", "snappy"]),
  /** The whole frame, with its length. */
  hex: Schema.String,
  /** The whole message. A bin is `{ "bin": … }`: its text, or `0x` and its hexadecimal digits. */
  decoded: Schema.Array(Schema.Json)
})

export interface Vector extends Omit<typeof Recorded.Type, "hex" | "decoded"> {
  readonly file: string
  /** Its place in the file, from 0. */
  readonly index: number
  readonly frame: Uint8Array
  readonly message: ReadonlyArray<Value>
}

const isObject = (json: Schema.Json): json is Schema.JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const isArray = (json: Schema.Json): json is ReadonlyArray<Schema.Json> => Array.isArray(json)

const toValue = (json: Schema.Json): Value => {
  if (isArray(json)) return json.map(toValue)
  if (!isObject(json)) return json
  const entries = Object.entries(json)
  const [first] = entries
  if (entries.length === 1 && first?.[0] === "bin" && typeof first[1] === "string") {
    return first[1].startsWith("0x") ? fromHex(first[1].slice(2)) : Bytes.fromText(first[1])
  }
  return Object.fromEntries(entries.map(([key, value]) => [key, toValue(value)]))
}

const read = (file: string): ReadonlyArray<Vector> => {
  const text = readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), "utf8")
  const recorded = Schema.decodeSync(Schema.fromJsonString(Schema.Array(Recorded)))(text)
  return recorded.map(({ decoded, hex, ...rest }, index) => ({
    ...rest,
    file,
    index,
    frame: fromHex(hex),
    message: decoded.map(toValue)
  }))
}

export const FILES = [
  "js2p-mesh",
  "js2p-sync",
  "js2p-chord",
  "py2p-mesh",
  "py2p-sync",
  "py2p-chord"
] as const

export const vectors: ReadonlyArray<Vector> = FILES.flatMap(read)
