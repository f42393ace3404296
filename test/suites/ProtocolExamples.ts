// The examples of docs/protocol.md: what each says, and the bytes that it stands beside.

import { readFileSync } from "node:fs"
import * as Schema from "effect/Schema"
import type { Value } from "../../src/domain/Value.ts"

const Example = Schema.fromJsonString(
  Schema.Struct({
    dialect: Schema.Literals(["str", "bin"]),
    sender: Schema.String,
    time: Schema.Int,
    /** A message of `WireMessage`, or a main flag and a payload as it is. */
    message: Schema.optionalKey(Schema.Json),
    main: Schema.optionalKey(Schema.Int),
    payload: Schema.optionalKey(Schema.Array(Schema.Json))
  })
)
export type Example = typeof Example.Type & {
  readonly hex: string
  readonly isCompressed: boolean
}

export const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8")

export const examples: ReadonlyArray<Example> = [
  ...text.matchAll(/```example( compressed)?\n(.*)\n([^`]*)\n```/g)
].map(([, compressed, json = "", hex = ""]) => ({
  ...Schema.decodeSync(Example)(json),
  hex: hex.replaceAll(/\s/g, ""),
  isCompressed: compressed !== undefined
}))

/** JSON as a value; `{"$hex": "…"}` is bytes. */
export const valueOf = (json: Schema.Json): Value => {
  if (typeof json !== "object" || json === null) return json
  if (Array.isArray(json)) return json.map(valueOf)
  const entries = Object.entries(json)
  const [[key, item] = []] = entries
  if (key === "$hex" && typeof item === "string") {
    return Uint8Array.from(item.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, valueOf(item)]))
}
