// A small protocol for tests: something said, something asked, something slow.

import * as Schema from "effect/Schema"
import { Int64 } from "../../src/domain/Value.ts"
import * as Protocol from "../../src/services/Protocol.ts"

export class Said extends Schema.TaggedClass<Said>()("Said", {
  text: Schema.String,
  raw: Schema.optionalKey(Schema.Uint8Array)
}) {}

export class Slow extends Schema.TaggedClass<Slow>()("Slow", { number: Schema.Int }) {}

export class Doubled extends Schema.TaggedClass<Doubled>()("Doubled", {
  number: Int64
}) {}

export class Patience extends Schema.TaggedClass<Patience>()("Patience", {
  millis: Schema.Int,
  raw: Schema.optionalKey(Schema.Uint8Array)
}) {}

export class Negative extends Schema.TaggedError<Negative>()("Negative", {
  number: Int64
}) {}

export const messages = [
  Protocol.message(0x30, Said),
  Protocol.message(0x31, Slow),
  Protocol.request(0x32, Doubled, { answer: Int64, error: Negative }),
  Protocol.request(0x33, Patience, { answer: Schema.String })
] as const

export class Test extends Protocol.Service<Test>()("test", {
  version: 2,
  minVersion: 1,
  messages
}) {}
