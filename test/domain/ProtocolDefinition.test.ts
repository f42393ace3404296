import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import {
  type Any,
  check,
  explain,
  incompatibility,
  message,
  type ProtocolDefinition,
  request
} from "../../src/domain/ProtocolDefinition.ts"

const Said = Schema.TaggedStruct("Said", { text: Schema.String })
const Gone = Schema.TaggedStruct("Gone", {})
class Asked extends Schema.TaggedClass<Asked>()("Asked", { what: Schema.String }) {}

const define = (
  messages: ReadonlyArray<Any>,
  rest: Partial<ProtocolDefinition> = {}
): ProtocolDefinition => ({ name: "chat", version: 2, minVersion: 1, ...rest, messages })

describe("a protocol's definition", () => {
  it("takes the tags of structs and classes", () => {
    expect(message(0x30, Said).tag).toBe("Said")
    expect(request(0x31, Asked, { answer: Schema.String }).tag).toBe("Asked")
  })

  it("is sound with flags of its own", () => {
    const answer = Schema.Array(Schema.String)
    expect(check(define([message(0x30, Said), request(0xffff, Asked, { answer })]))).toBeUndefined()
    expect(check(define([message(0xef, Said), message(0x100, Gone)]))).toBeUndefined()
  })

  it.each<readonly [string, ProtocolDefinition, string, string]>([
    ["one of 0.7's flags", define([message(0x2f, Said)]), "ReservedFlag", "0x2f"],
    ["0.7's first flag", define([message(0x00, Said)]), "ReservedFlag", "0x00"],
    ["a control flag", define([message(0xf0, Said)]), "ReservedFlag", "0xf0 to 0xff"],
    ["the last control flag", define([message(0xff, Said)]), "ReservedFlag", "control"],
    ["a flag beyond two bytes", define([message(0x1_0000, Said)]), "BadFlag", "0xffff"],
    ["a negative flag", define([message(-1, Said)]), "BadFlag", "0xffff"],
    ["half a flag", define([message(48.5, Said)]), "BadFlag", "integer"],
    ["one flag twice", define([message(0x30, Said), message(0x30, Gone)]), "FlagTaken", "Said"],
    ["one tag twice", define([message(0x30, Said), message(0x31, Said)]), "DuplicateTag", "Said"],
    ["an empty name", define([], { name: "" }), "BadName", "1 to 64"],
    ["a name with a space", define([], { name: "a b" }), "BadName", "spaces"],
    ["a name too long", define([], { name: "x".repeat(65) }), "BadName", "64"],
    ["a version of its future", define([], { version: 1, minVersion: 2 }), "BadVersion", "2"],
    ["a negative version", define([], { version: -1, minVersion: -1 }), "BadVersion", "-1"],
    ["half a version", define([], { version: 1.5 }), "BadVersion", "1.5"]
  ])("refuses %s, and says why", (_what, definition, reason, part) => {
    const fault = check(definition)
    expect(fault?.reason).toBe(reason)
    expect(fault?.message).toContain(part)
  })

  it("refuses a schema without a literal tag", () => {
    const Loose: Schema.Codec<{ readonly _tag: string }> = Schema.Struct({ _tag: Schema.String })
    expect(check(define([message(0x30, Loose)]))?.reason).toBe("BadTag")
  })
})

describe("versions", () => {
  it.each([
    [{ version: 1, minVersion: 1 }, { version: 1, minVersion: 1 }, undefined],
    [{ version: 3, minVersion: 1 }, { version: 1, minVersion: 1 }, undefined],
    [{ version: 3, minVersion: 2 }, { version: 1, minVersion: 1 }, "TooOld"],
    [{ version: 1, minVersion: 1 }, { version: 3, minVersion: 2 }, "TooNew"],
    [{ version: 1, minVersion: 1 }, undefined, "Unknown"]
  ])("%o with %o: %s", (ours, theirs, expected) => {
    expect(incompatibility(ours, theirs)).toBe(expected)
    if (theirs === undefined) return
    const mirrored = incompatibility(theirs, ours)
    const flipped = { TooOld: "TooNew", TooNew: "TooOld", Unknown: "Unknown" } as const
    expect(mirrored).toBe(
      expected === undefined ? undefined : flipped[incompatibility(ours, theirs) ?? "Unknown"]
    )
  })

  it("explain themselves", () => {
    const ours = { version: 3, minVersion: 2 }
    expect(explain("chat", ours, { version: 1, minVersion: 1 })).toBe(
      "it speaks chat in version 1, we in versions 2 to 3"
    )
    expect(explain("chat", ours, undefined)).toBe("it does not speak chat")
  })
})
