import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Bytes from "../../src/domain/Bytes.ts"
import * as Envelope from "../../src/domain/Envelope.ts"
import { ID_MAX_CHARS, VALUE_DEPTH_MAX } from "../../src/domain/Limits.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import * as NodeHashing from "../../src/layers/NodeHashing.ts"
import { bytes, integers, oneOf, texts, thorough, values } from "../suites/Arbitraries.ts"
import { fromHex } from "../suites/Hex.ts"
import { nested } from "../suites/Values.ts"
import { frameOf, packedOf } from "../suites/Wire.ts"

/** Of 30 characters at most, so within the limit for ids in bytes. */
const senders = Arbitrary.map(texts, (text) => (text === "" ? "a" : text))

const spoken = Arbitrary.all({
  main: integers(0, 4),
  sender: senders,
  dialect: oneOf("str" as const, "bin" as const),
  time: integers(0, 0xffff_ffff),
  payload: Arbitrary.array(values)
})

const parsed = (packed: Uint8Array, start?: number): Envelope.Envelope => {
  const envelope = Envelope.parse(packed, start)
  if (envelope instanceof Envelope.EnvelopeError) throw envelope
  return envelope
}

const payloadOf = (envelope: Envelope.Envelope, skip?: number) =>
  Result.getOrThrow(Envelope.payload(envelope, skip))

describe("Envelope", () => {
  it.prop("what is framed is parsed, in both dialects", { message: spoken }, ({ message }) => {
    const frame = frameOf(message)
    const packed = packedOf(frame)
    expect(new DataView(frame.buffer, frame.byteOffset).getUint32(0)).toBe(frame.length - 4)
    deepStrictEqual(
      Bytes.toHex(frame.subarray(4, 36)),
      Bytes.toHex(NodeHashing.hasher.digest("sha256", packed))
    )
    const envelope = parsed(packed)
    expect(envelope).toMatchObject({
      main: message.main,
      dialect: message.dialect,
      time: message.time,
      payloadCount: message.payload.length
    })
    expect(Envelope.sender(envelope)).toBe(message.sender)
    expect(Bytes.toKey(packed, envelope.senderStart, envelope.senderEnd)).toBe(
      Envelope.idKey(message.sender)
    )
    deepStrictEqual(payloadOf(envelope), message.payload)
    deepStrictEqual(envelope.packed, packed)
  })

  it.prop("writes what MessagePack would", { message: spoken }, ({ message }) => {
    const { dialect, main, payload, sender } = message
    // From 2^16 on, so that the time's shortest form is the one that is always written.
    const time = message.time | 0x1_0000
    const spelled = dialect === "bin" ? Bytes.fromText(sender) : sender
    deepStrictEqual(
      packedOf(frameOf({ ...message, time: time >>> 0 })),
      Result.getOrThrow(MessagePack.encode([main, spelled, time >>> 0, ...payload])).slice()
    )
  })

  it.prop(
    "is parsed within a body as by itself",
    { message: spoken, before: bytes(1) },
    ({ before, message }) => {
      const packed = packedOf(frameOf(message))
      const envelope = parsed(Bytes.concat([before, packed]), before.length)
      expect(Envelope.sender(envelope)).toBe(message.sender)
      expect(Envelope.subFlag(envelope)).toBe(Envelope.subFlag(parsed(packed)))
      deepStrictEqual(payloadOf(envelope), message.payload)
      deepStrictEqual(envelope.packed, packed)
    }
  )

  it.each([0, 12, 13, 0xffff - 3, 0xffff - 2])("holds a payload of %i elements", (count) => {
    const payload = Array.from({ length: count }, () => 1)
    const frame = frameOf({ main: 2, sender: "a", dialect: "str", time: 5, payload })
    const envelope = parsed(packedOf(frame))
    expect(envelope.payloadCount).toBe(count)
    deepStrictEqual(payloadOf(envelope), payload)
  })

  it("gives the payload without its first elements", () => {
    const payload = [5, 300, "text", [1]]
    const frame = frameOf({ main: 2, sender: "a", dialect: "str", time: 5, payload })
    const envelope = parsed(packedOf(frame))
    for (const skip of [0, 1, 2]) deepStrictEqual(payloadOf(envelope, skip), payload.slice(skip))
    deepStrictEqual(payloadOf(parsed(fromHex("93 00 a161 05")), 1), [])
  })

  const a = "a1 61"
  it.each([
    ["positive fixint", "7f", 127],
    ["uint 8", "ccff", 255],
    ["uint 16", "cdffff", 65535],
    ["uint 32", "ceffffffff", 4294967295],
    ["uint 64", "cf001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["int 8", "d07f", 127],
    ["int 16", "d17fff", 32767],
    ["int 32", "d27fffffff", 2147483647],
    ["int 64", "d3001fffffffffffff", Number.MAX_SAFE_INTEGER]
  ])("reads a time spelled as %s", (_, hex, time) => {
    const envelope = parsed(fromHex(`94 02 ${a} ${hex} 05`))
    expect(envelope.time).toBe(time)
    expect(Envelope.subFlag(envelope)).toBe(5)
    deepStrictEqual(payloadOf(envelope), [5])
  })

  const array = { field: "array", reason: "not an array of three elements or more" }
  const main = { field: "main flag", reason: "not an integer from 0 to 255" }
  const id = { field: "sender", reason: `not a text of 1 to ${ID_MAX_CHARS} bytes` }
  const time = { field: "time", reason: "not a whole number of seconds" }
  it.each([
    ["nothing", "", array],
    ["an integer", "05", array],
    ["a map", "83 00 00 00 00 00 00", array],
    ["two elements", "92 00 a161", array],
    ["a truncated count", "dc00", array],
    ["no main flag", "93", main],
    ["half a main flag", "93 cd00", main],
    ["a main flag of text", `93 a130 ${a} 05`, main],
    ["a negative main flag", `93 ff ${a} 05`, main],
    ["a negative main flag in 8 bits", `93 d0ff ${a} 05`, main],
    ["a main flag beyond a byte", `93 cd0100 ${a} 05`, main],
    ["no sender", "93 00", id],
    ["an empty sender", "93 00 a0 05", id],
    ["an integer for a sender", "93 00 05 05", id],
    ["a sender that is too long", `93 00 d981 ${"61".repeat(129)} 05`, id],
    ["a bin that is too long", `93 00 c50100 ${"61".repeat(256)} 05`, id],
    ["a truncated sender", "93 00 a561", { field: "sender", reason: "truncated" }],
    ["no time", `93 00 ${a}`, time],
    ["a time of text", `93 00 ${a} a135`, time],
    ["a fraction of a time", `93 00 ${a} cb3ff8000000000000`, time],
    ["a negative time", `93 00 ${a} ff`, time],
    ["a negative time in 16 bits", `93 00 ${a} d1ffff`, time],
    ["a negative time in 32 bits", `93 00 ${a} d2ffffffff`, time],
    ["a negative time in 64 bits", `93 00 ${a} d3ffffffffffffffff`, time],
    ["a time that is not exact", `93 00 ${a} cf0020000000000000`, time],
    ["a truncated time", `93 00 ${a} ce000000`, { field: "time", reason: "truncated" }],
    ["no payload", `94 00 ${a} 05`, { field: "payload", reason: "truncated" }],
    ["a truncated payload", `94 00 ${a} 05 a561`, { field: "payload", reason: "truncated" }],
    ["c1", `94 00 ${a} 05 c1`, { field: "payload", reason: "reserved byte 0xc1" }],
    ["more than all", `93 00 ${a} 05 0607`, { field: "payload", reason: "2 bytes too many" }]
  ])("refuses %s, and names the field", (_, hex, fault) => {
    const error = Envelope.parse(fromHex(hex))
    expect(error).toBeInstanceOf(Envelope.EnvelopeError)
    expect(error).toMatchObject(fault)
  })

  it.prop(
    "whatever it takes has a payload that decodes",
    { message: spoken, at: integers(0, 2 ** 31), byte: integers(0, 255) },
    ({ at, byte, message }) => {
      const packed = packedOf(frameOf(message))
      packed[at % packed.length] = byte
      const envelope = Envelope.parse(packed)
      if (envelope instanceof Envelope.EnvelopeError) return
      const payload = Envelope.payload(envelope)
      if (Result.isFailure(payload)) expect(payload.failure.reason).toContain("__proto__")
      else expect(payload.success.length).toBe(envelope.payloadCount)
    },
    thorough(16, 500)
  )

  it("takes as deep a payload as can be decoded, and no deeper", () => {
    // One level less than a value alone: the payload itself is an array.
    const message = { main: 0, sender: "a", dialect: "str", time: 0 } as const
    const deepest = [nested(VALUE_DEPTH_MAX - 1)]
    deepStrictEqual(payloadOf(parsed(packedOf(frameOf({ ...message, payload: deepest })))), deepest)
    const deeper = fromHex(`94 00 ${a} 05 ${"91".repeat(VALUE_DEPTH_MAX)} 00`)
    expect(Envelope.parse(deeper)).toMatchObject({ field: "payload", reason: "too deep" })
  })

  it.each([
    ["no payload", "93 00 a161 05", -1],
    ["a small integer", "94 00 a161 05 30", 0x30],
    ["one in two bytes", "94 00 a161 05 cc f0", 0xf0],
    ["one in 16 bits", "94 00 a161 05 cd ffff", 0xffff],
    ["one beyond that", "94 00 a161 05 ce 00010000", -1],
    ["a negative one", "94 00 a161 05 d1 ffff", -1],
    ["text", "94 00 a161 05 a130", -1],
    ["nil", "94 00 a161 05 c0", -1]
  ])("finds the sub-flag of %s", (_, hex, flag) => {
    expect(Envelope.subFlag(parsed(fromHex(hex)))).toBe(flag)
  })

  it.each([
    ["an array of one", "94 00 a161 05 05", undefined],
    ["a flag and a number", "95 00 a161 05 cc f5 ce ffffffff", 0xffff_ffff],
    ["a flag and more", "96 00 a161 05 cc f5 07 c0", 7],
    ["a flag and a negative number", "95 00 a161 05 05 ff", undefined],
    ["a flag and a text", "95 00 a161 05 05 a130", undefined],
    ["a text and a number", "95 00 a161 05 a107 07", undefined]
  ])("finds the number behind the flag of %s", (_, hex, number) => {
    expect(Envelope.number(parsed(fromHex(hex)))).toBe(number)
  })

  it.prop("spells a text as MessagePack does", { text: senders }, ({ text }) => {
    const plain = { str: text, bin: Bytes.fromText(text) }
    for (const dialect of ["str", "bin"] as const) {
      expect(Bytes.toHex(Envelope.spell(text, dialect))).toBe(
        Bytes.toHex(Result.getOrThrow(MessagePack.encode(plain[dialect])))
      )
    }
  })

  it.each([0, 31, 32, 255, 256, 1000])("spells a text of %i bytes", (length) => {
    const text = "x".repeat(length)
    const plain = { str: text, bin: Bytes.fromText(text) }
    for (const dialect of ["str", "bin"] as const) {
      const spelled = Envelope.spell(text, dialect)
      deepStrictEqual(Result.getOrThrow(MessagePack.decode(spelled)), plain[dialect])
    }
  })

  it.prop("puts the digest of the message in front of it", { message: spoken }, ({ message }) => {
    const { hasher } = NodeHashing
    const sender = Envelope.spell(message.sender, message.dialect)
    const payload = Result.getOrThrow(MessagePack.encode(message.payload))
    const frame = Envelope.frame(hasher, message.main, sender, message.time, payload)
    expect(Bytes.isKey(frame, 4, hasher.sha256Key(packedOf(frame)))).toBe(true)
  })
})
