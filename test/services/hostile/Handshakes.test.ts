// Handshakes of every wrong shape, and those who talk before theirs.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Control, Main, Sub } from "../../../src/domain/Flags.ts"
import { MALFORMED_MAX } from "../../../src/domain/Limits.ts"
import * as MessagePack from "../../../src/domain/MessagePack.ts"
import type { RefusalReason } from "../../../src/domain/RefusalReason.ts"
import type { Value } from "../../../src/domain/Value.ts"
import { dialNode, SUBNET } from "../../suites/RawPeer.ts"
import { attacked } from "../../suites/Scene.ts"

const packed = (payload: ReadonlyArray<Value>) => Result.getOrThrow(MessagePack.encode(payload))

const handshake = (changes: { readonly [at: number]: Value } = {}) =>
  [Sub.handshake, "x", SUBNET, ["h", 1], [0x13]].map((value, i) => changes[i] ?? value)

const hello = (changes: { readonly [at: number]: Value } = {}) =>
  [Control.hello, "test", 1, 1, ["goodbye"]].map((value, i) => changes[i] ?? value)

/** What a node makes of what a stranger says first, within the time of a handshake. */
const said = (payload: ReadonlyArray<Value>) =>
  attacked((node) =>
    Effect.gen(function* () {
      const peer = yield* dialNode("x", "node")
      yield* peer.sayPacked(Main.whisper, packed(payload))
      yield* Effect.sleep(6000)
      return node.events.slice(2).map(({ _tag }) => _tag)
    })
  )

describe("a handshake", () => {
  const wrong: ReadonlyArray<readonly [string, ReadonlyArray<Value>]> = [
    ["with a number for an id", handshake({ 1: 7 })],
    ["with an empty id", handshake({ 1: "" })],
    ["with an id of 129 characters", handshake({ 1: "x".repeat(129) })],
    ["with an id of control characters", handshake({ 1: "\u001b[2J" })],
    ["with an id that is no UTF-8", handshake({ 1: Uint8Array.of(0xff, 0xfe) })],
    ["with a list for a subnet", handshake({ 2: [SUBNET] })],
    ["with an empty subnet", handshake({ 2: "" })],
    ["with an address of one part", handshake({ 3: ["h"] })],
    ["with a port of 65536", handshake({ 3: ["h", 65536] })],
    ["with a port of -1", handshake({ 3: ["h", -1] })],
    ["with a port that is a text", handshake({ 3: ["h", "1"] })],
    ["with a host of 256 characters", handshake({ 3: ["h".repeat(256), 1] })],
    ["with a host that no resolver takes", handshake({ 3: ["a b\n", 1] })],
    ["with methods that are none", handshake({ 4: 0x13 })],
    ["with a method that is a text", handshake({ 4: ["zlib"] })],
    ["with 33 methods", handshake({ 4: Array<number>(33).fill(0x13) })],
    ["of four parts", handshake().slice(0, 4)],
    ["of six parts", [...handshake(), null]],
    ["of nothing", [Sub.handshake]]
  ]
  it.each(wrong)("%s is malformed", (_, payload) => {
    const { refusals, value } = said(payload)
    expect(refusals).toEqual({ MalformedMessage: 1, HandshakeTimeout: 1 })
    expect(value).toEqual(["ConnectionRefused"])
  })

  it("of another subnet is refused for it", () => {
    expect(said(handshake({ 2: "other" })).refusals).toEqual({ WrongSubnet: 1 })
  })
})

describe("a hello", () => {
  it.each([
    ["with a version that is a text", hello({ 2: "1" })],
    ["with abilities that are none", hello({ 4: 1 })],
    ["with 65 abilities", hello({ 4: Array<string>(65).fill("a") })],
    ["with a long name", hello({ 1: "x".repeat(65) })],
    ["with a version between two", hello({ 2: 1.5 })]
  ] as const)("%s is malformed", (_, payload) => {
    expect(said(payload).refusals).toEqual({ MalformedMessage: 1, HandshakeTimeout: 1 })
  })

  it("of a version to come is refused for it", () => {
    expect(said(hello({ 2: 99, 3: 99 })).refusals).toEqual({ WrongVersion: 1 })
  })

  it("without end is not listened to, and ends the connection", () => {
    const { left, refusals } = attacked(() =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        for (let i = 0; i < 300; i++) yield* peer.hello()
        yield* Effect.sleep(6000)
      })
    )
    expect(refusals).toEqual({ TooManyControlMessages: 300 - 256, HandshakeTimeout: 1 })
    expect(left).toBe(0)
  })
})

describe("messages before the handshake", () => {
  const early: ReadonlyArray<readonly [string, number, ReadonlyArray<Value>, RefusalReason]> = [
    ["a broadcast", Main.broadcast, [Sub.broadcast, "early"], "BeforeHandshake"],
    ["a whisper", Main.whisper, [Sub.whisper, "early"], "BeforeHandshake"],
    ["a heartbeat", Main.whisper, [Control.heartbeat, 1], "BeforeHandshake"],
    ["a peers message", Main.whisper, [Sub.peers, []], "BeforeHandshake"],
    ["a request", Main.broadcast, [Sub.request, "r", "N"], "BeforeHandshake"],
    ["a renegotiation", Main.renegotiate, [Sub.compression, []], "BeforeHandshake"],
    ["a message that nobody knows", Main.whisper, [0x77], "MalformedMessage"]
  ]
  it.each(early)("%s is not heard, and many end the connection", (_, main, payload, reason) => {
    const { left, refusals, value } = attacked((node) =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        for (let i = 0; i < 2 * MALFORMED_MAX; i++) yield* peer.sayPacked(main, packed(payload))
        yield* Effect.sleep(100)
        return node.received.length
      })
    )
    expect(refusals).toEqual({ [reason]: MALFORMED_MAX + 1, Malformed: 1 })
    expect([value, left]).toEqual([0, 0])
  })
})
