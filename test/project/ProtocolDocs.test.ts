// docs/protocol.md tells the truth: its examples are the bytes that we make and read, and it leaves nothing out.

import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Body from "../../src/domain/Body.ts"
import * as Bytes from "../../src/domain/Bytes.ts"
import { METHODS } from "../../src/domain/Compression.ts"
import * as Envelope from "../../src/domain/Envelope.ts"
import { Control, Main, Method, Sub } from "../../src/domain/Flags.ts"
import * as Frame from "../../src/domain/Frame.ts"
import * as Ids from "../../src/domain/Ids.ts"
import * as Limits from "../../src/domain/Limits.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import { CarryOutcome } from "../../src/domain/messages/CarryMessages.ts"
import { ABILITIES, GoodbyeReason } from "../../src/domain/messages/ControlMessages.ts"
import * as WireMessage from "../../src/domain/messages/WireMessage.ts"
import { Incompatibility } from "../../src/domain/ProtocolDefinition.ts"
import { compressor } from "../../src/layers/NodeCompressing.ts"
import { hasher } from "../../src/layers/NodeHashing.ts"
import { AskRefusal } from "../../src/services/Asks.ts"
import { type Example, examples, text, valueOf } from "../suites/ProtocolExamples.ts"
import { messages } from "../suites/Messages.ts"

/** What an example's words stand for: a main flag, and the elements of the payload. */
const saidBy = ({ dialect, main, message, payload }: Example) => {
  if (payload !== undefined) return { main: main ?? -1, payload: payload.map(valueOf) }
  const said: unknown = valueOf(message ?? null)
  // The encoder refuses, by its schema, what is no message.
  const isMessage = (value: unknown): value is WireMessage.WireMessage =>
    typeof value === "object" && value !== null && "_tag" in value
  if (!isMessage(said)) throw new Error("no message")
  return {
    main: WireMessage.mainFlag(said._tag),
    payload: Result.getOrThrow(WireMessage.encode(said, dialect))
  }
}

const tagOf = ({ message }: Example): string => {
  const said = valueOf(message ?? null)
  return typeof said === "object" && said !== null && "_tag" in said ? String(said._tag) : "typed"
}

const read = (hex: string) => {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  const parser = new Frame.Parser()
  parser.push(bytes)
  const body = parser.next()
  if (body === undefined) throw new Error("no whole frame")
  const unwrapped = Body.unwrap(hasher, compressor, METHODS, body, () => false)
  if (Body.isError(unwrapped)) throw unwrapped
  return unwrapped.envelope
}

describe("the examples of docs/protocol.md", () => {
  it.each(examples.map((example, i) => [`${i + 1}: ${tagOf(example)}`, example] as const))(
    "%s",
    (_name, example) => {
      const { dialect, hex, isCompressed, sender, time } = example
      const { main, payload } = saidBy(example)
      const envelope = read(hex)
      expect(envelope).toMatchObject({ main, time, dialect })
      expect(Envelope.sender(envelope)).toBe(sender)
      expect(Result.getOrThrow(Envelope.payload(envelope))).toEqual(payload)
      if (isCompressed) return
      const packed = Result.getOrThrow(MessagePack.encode(payload))
      const spelled = Envelope.spell(sender, dialect)
      const frame = Envelope.frame(hasher, main, spelled, time, packed)
      expect(hex).toBe(Bytes.toHex(frame))
    }
  )

  it("cover every message that nodes of ours say", () => {
    const shown = new Set(examples.map(tagOf))
    const said = messages
      .map(([tag]) => tag)
      .filter((tag) => !/^(Sync|Chord|Key)/.test(tag) && tag !== "ResendRequest")
    expect(said.filter((tag) => !shown.has(tag))).toEqual([])
  })
})

describe("docs/protocol.md names", () => {
  const hexOf = (code: number) => `\`0x${code.toString(16).padStart(2, "0")}\``

  it.each(Object.entries({ ...Main, ...Sub, ...Method, ...Control }))("%s", (name, code) => {
    expect(text).toContain(name)
    expect(text).toContain(hexOf(code))
  })

  it.each([
    ...ABILITIES,
    ...GoodbyeReason.literals,
    ...AskRefusal.literals,
    ...CarryOutcome.literals,
    ...Incompatibility.literals
  ])("%s", (word) => {
    expect(text).toContain(`\`${word}\``)
  })

  it("ids as they are made", () => {
    for (const subnet of ["mesh", "chord"]) {
      const id = Ids.subnetId(hasher, subnet, "Plaintext")
      expect(text).toContain(`| \`${subnet}\`, \`Plaintext\``)
      expect(text).toContain(`\`${id}\``)
    }
  })

  it("limits with their values", () => {
    const rows = [...text.matchAll(/\| `([A-Z_]+)` +\| ([\d,]+) +\|/g)]
    expect(rows.length).toBeGreaterThan(15)
    const limits: Record<string, unknown> = { ...Limits }
    for (const [, name = "", value = ""] of rows) {
      expect([name, Number(value.replaceAll(",", ""))]).toEqual([name, limits[name]])
    }
  })
})
