/**
 * The two dialects of 0.7: js2p spells its text fields as MessagePack str, py2p as bin. They are found
 * out from the peer, never configured. Source: the 0.7 wire protocol, "Two dialects".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Bytes from "./Bytes.ts"
import type { Encryption } from "./Ids.ts"

/** How a peer spells ids, table names and keys: as str (js2p, and ours) or as bin (py2p). */
export const Dialect = Schema.Literals(["str", "bin"])
export type Dialect = typeof Dialect.Type

/** The dialect that ours speak to each other, and in which broadcasts of ours are spelled. */
export const OURS: Dialect = "str"

/**
 * The dialect of whatever old peer there is on a transport, where only one kind has it: js2p alone speaks
 * WebSocket. Undefined where both do.
 */
export const onlyOneOn = (encryption: Encryption): Dialect | undefined =>
  encryption === "ws" || encryption === "wss" ? "str" : undefined

const Spelled = Schema.Union([Schema.String, Schema.Uint8Array])

const textIn = (dialect: Dialect) =>
  Spelled.pipe(
    Schema.decodeTo(
      Schema.String,
      SchemaTransformation.transform<string, string | Uint8Array>({
        decode: (spelled) => (typeof spelled === "string" ? spelled : Bytes.toText(spelled)),
        encode: (text) => (dialect === "str" ? text : Bytes.fromText(text))
      })
    )
  )

const texts = { str: textIn("str"), bin: textIn("bin") }

/** Schema of a text field: decodes either spelling, encodes in the dialect's. */
export const text = (dialect: Dialect) => texts[dialect]
