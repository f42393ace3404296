// Bodies that are no messages, from a peer that has shaken hands: each is refused by its reason.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Method } from "../../../src/domain/Flags.ts"
import * as Frame from "../../../src/domain/Frame.ts"
import { FRAME_BODY_MAX_BYTES, MALFORMED_MAX } from "../../../src/domain/Limits.ts"
import type { RefusalReason } from "../../../src/domain/RefusalReason.ts"
import { compressor } from "../../../src/layers/PureCompressing.ts"
import { dialNode, SUBNET } from "../../suites/RawPeer.ts"
import { attacked } from "../../suites/Scene.ts"
import { bodyAround } from "../../suites/Wire.ts"

const TIME = [0xce, 0x59, 0x68, 0x2f, 0x00]
const text = (length: number, byte = 0x41) => [0xd9, length, ...new Uint8Array(length).fill(byte)]

/** A packed whisper from `x`, its payload of any bytes. */
const whisper = (elements: number, ...payload: ReadonlyArray<number>) =>
  Uint8Array.from([0xdc, 0, 3 + elements, 0x02, 0xa1, 0x78, ...TIME, ...payload])

const broadcastAt = (...time: ReadonlyArray<number>) =>
  Uint8Array.from([0x94, 0x00, 0xa1, 0x78, ...time, 0x00])

const uint32 = (value: number) => [
  value >>> 24,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255
]
const nested = new Uint8Array(10_000).fill(0x91)
const million = new Uint8Array(1_000_005).fill(0xc0)
million.set([0xdd, ...uint32(1_000_000)])

const packed: ReadonlyArray<readonly [name: string, RefusalReason, Uint8Array]> = [
  ["no array", "NotAMessage", Uint8Array.of(0x02)],
  ["an array of two", "NotAMessage", Uint8Array.of(0x92, 0x02, 0xa1, 0x78)],
  ["a main flag that is a text", "BadMainFlag", Uint8Array.of(0x94, 0xa1, 0x78, 0xa1, 0x78, 0, 0)],
  ["a main flag of 256", "BadMainFlag", Uint8Array.of(0x94, 0xcd, 1, 0, 0xa1, 0x78, 0, 0)],
  ["an empty sender", "BadSender", Uint8Array.of(0x94, 0x02, 0xa0, ...TIME, 0)],
  ["a sender of 129 bytes", "BadSender", Uint8Array.of(0x94, 0x02, ...text(129), ...TIME, 0)],
  ["a sender that is a number", "BadSender", Uint8Array.of(0x94, 0x02, 0x07, ...TIME, 0)],
  ["a time that is nil", "BadTime", broadcastAt(0xc0)],
  ["a negative time", "BadTime", broadcastAt(0xd2, 0xff, 0xff, 0xff, 0xff)],
  ["a fractional time", "BadTime", broadcastAt(0xcb, 0x41, 0xd6, 0, 0, 0, 0, 0, 0)],
  ["a time of 2^53", "BadTime", broadcastAt(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0)],
  ["a time of 2^64 - 1", "BadTime", broadcastAt(0xcf, ...new Uint8Array(8).fill(0xff))],
  ["the time 0", "Expired", broadcastAt(0)],
  ["the time 2^32 - 1", "Early", broadcastAt(0xce, 0xff, 0xff, 0xff, 0xff)],
  ["the time 2^32", "Early", broadcastAt(0xcf, 0, 0, 0, 1, 0, 0, 0, 0)],
  ["nesting of 10,000", "BadPayload", whisper(1, ...nested)],
  ["an array of a million", "BadPayload", Uint8Array.from([...whisper(1), ...million])],
  ["an array of 2^32 - 1", "BadPayload", whisper(1, 0xdd, ...uint32(2 ** 32 - 1))],
  ["a map of 2^32 - 1", "BadPayload", whisper(1, 0xdf, ...uint32(2 ** 32 - 1))],
  ["a text far beyond the data", "BadPayload", whisper(1, 0xdb, ...uint32(2 ** 32 - 1))],
  ["bytes far beyond the data", "BadPayload", whisper(1, 0xc6, ...uint32(2 ** 32 - 1))],
  ["an extension far beyond the data", "BadPayload", whisper(1, 0xc9, ...uint32(2 ** 32 - 1), 1)],
  ["the reserved byte", "BadPayload", whisper(1, 0xc1)],
  ["bytes after the end", "BadPayload", whisper(1, 0x02, 0x00)],
  ["a truncated payload", "BadPayload", whisper(2, 0x02)]
]

const hostile = (frame: Uint8Array, methods: ReadonlyArray<number> = []) =>
  attacked(() =>
    Effect.gen(function* () {
      const peer = yield* dialNode("x", "node")
      yield* peer.handshake(SUBNET, methods)
      yield* peer.sayBytes(frame)
      yield* Effect.sleep(1000)
    })
  )

describe("a body under a digest that fits", () => {
  it.each(packed)("%s is refused as %s", (_, reason, bytes) => {
    const { defects, refusals } = hostile(Frame.encode(bodyAround(bytes)))
    expect(refusals).toEqual({ [reason]: 1 })
    expect(defects).toBe(0)
  })

  it.each([
    ["no UTF-8", [0xa4, 0xff, 0xfe, 0xc0, 0x80]],
    ["control characters", [0xa4, 0x1b, 0x5b, 0x32, 0x4a]],
    ["a NUL", [0xa1, 0x00]]
  ])("a sender of %s is shown to nobody", (_, sender) => {
    const bytes = Uint8Array.from([0x95, 0x02, ...sender, ...TIME, 0x02, 0x07])
    const { refusals, value } = attacked((node) =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        yield* peer.handshake()
        yield* peer.sayBytes(Frame.encode(bodyAround(bytes)))
        yield* Effect.sleep(1000)
        return node.received.length
      })
    )
    expect([value, refusals]).toEqual([0, { BadSender: 1 }])
  })
})

describe("a digest that does not fit", () => {
  it("is refused, and too many of them end the connection", () => {
    const body = bodyAround(whisper(1, 0x02))
    body[7] = (body[7] ?? 0) ^ 1
    const frames = MALFORMED_MAX + 1
    const { left, refusals } = attacked(() =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        yield* peer.handshake()
        for (let i = 0; i < frames; i++) yield* peer.sayBytes(Frame.encode(body))
        yield* Effect.sleep(1000)
      })
    )
    expect(refusals).toEqual({ WrongDigest: frames, Malformed: 1 })
    expect(left).toBe(0)
  })
})

describe("a decompression bomb", () => {
  const methods = [
    ["zlib", Method.zlib],
    ["gzip", Method.gzip],
    ["snappy", Method.snappy]
  ] as const

  it.each(methods)("by %s is made no larger than a frame", (_, method) => {
    const zeros = new Uint8Array(2 * FRAME_BODY_MAX_BYTES)
    const frame = Frame.encode(compressor.deflate(method, zeros))
    const { defects, refusals } = hostile(frame, [method])
    // A snappy stream says at its start how long it is.
    expect(refusals).toEqual({ InflatedTooLarge: 1 })
    expect(defects).toBe(0)
  })

  it.each(methods)("by %s that is cut off is no message", (_, method) => {
    const whole = compressor.deflate(method, new Uint8Array(1_000_000))
    const { refusals } = hostile(Frame.encode(whole.subarray(0, whole.length >> 1)), [method])
    const counts = Object.values(refusals)
    expect(counts).toEqual([1])
  })
})
