// More of what makes a node work than anybody needs, from one peer: it is ignored and counted, and a peer of our
// kind that goes on is cut. An old one never is, for py2p asks thousands of times a second by its nature.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Control, Main, Sub } from "../../../src/domain/Flags.ts"
import {
  ANSWER_BURST,
  CONTROL_BURST,
  CONTROL_IGNORED_BURST,
  REQUEST_BURST
} from "../../../src/domain/Limits.ts"
import * as MessagePack from "../../../src/domain/MessagePack.ts"
import type { RefusalReason } from "../../../src/domain/RefusalReason.ts"
import type { Value } from "../../../src/domain/Value.ts"
import { dialNode, type RawPeer } from "../../suites/RawPeer.ts"
import { attacked } from "../../suites/Scene.ts"

const packed = (payload: ReadonlyArray<Value>) => Result.getOrThrow(MessagePack.encode(payload))

/** Whispers that ask for something, each in its own way. */
const floods: ReadonlyArray<readonly [string, number, ReadonlyArray<Value>, RefusalReason]> = [
  ["heartbeats", Main.whisper, [Control.heartbeat, 1], "TooManyControlMessages"],
  ["acknowledgements", Main.whisper, [Control.heartbeatAck, 1], "TooManyControlMessages"],
  ["list requests", Main.whisper, [Sub.request, "*"], "TooManyControlMessages"],
  ["renegotiations", Main.renegotiate, [Sub.compression, [0x13]], "TooManyControlMessages"],
  ["unknown whispers", Main.whisper, [0x77, "what?"], "TooManyUnknownMessages"],
  ["handshakes", Main.whisper, [Sub.handshake, "x", "s", ["h", 1], []], "TooManyUnknownMessages"],
  ["hellos", Main.whisper, [Control.hello, "x", 1, 1, []], "TooManyUnknownMessages"]
]

const flood = (isOurs: boolean, count: number, main: number, payload: ReadonlyArray<Value>) =>
  attacked(() =>
    Effect.gen(function* () {
      const peer = yield* dialNode("x", "node")
      if (isOurs) yield* peer.hello()
      yield* peer.handshake()
      yield* Effect.sleep(100)
      for (let i = 0; i < count; i++) yield* Effect.ignore(peer.sayPacked(main, packed(payload)))
      yield* Effect.sleep(100)
      return peer
    })
  )

const acknowledged = (peer: RawPeer) => peer.hearsOf("HeartbeatAck").length

describe("a flood", () => {
  const more = 200
  it.each(floods)(
    "of %s is ignored, and costs nobody the connection",
    (_, main, payload, reason) => {
      const { left, refusals, value } = flood(true, CONTROL_BURST + more, main, payload)
      const counted = refusals[reason] ?? 0
      // Some tokens have come back meanwhile.
      expect(counted).toBeGreaterThan(more - 30)
      expect(counted).toBeLessThanOrEqual(more)
      expect(Object.keys(refusals)).toEqual([reason])
      expect(left).toBe(1)
      expect(acknowledged(value)).toBeLessThanOrEqual(CONTROL_BURST + 30)
    }
  )

  const endless = CONTROL_BURST + CONTROL_IGNORED_BURST + 1_000
  it("without end costs one of our kind the connection", () => {
    const { left, refusals, value } = flood(true, endless, Main.whisper, [Control.heartbeat, 1])
    expect(refusals.Flooding).toBe(1)
    expect([left, value.isClosed]).toEqual([0, true])
    expect(value.hearsOf("Goodbye").map(({ reason }) => reason)).toEqual(["Flooding"])
  })

  it("without end costs an old one nothing", () => {
    const { left, refusals, value } = flood(false, endless, Main.whisper, [Sub.request, "*"])
    expect(refusals.Flooding).toBeUndefined()
    expect([left, value.isClosed]).toEqual([1, false])
    expect(refusals.TooManyControlMessages).toBeGreaterThan(CONTROL_IGNORED_BURST)
  })

  it("of peers messages teaches no more than a few", () => {
    const { refusals } = attacked((node) =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        yield* peer.handshake()
        for (let i = 0; i < 100; i++) {
          const peers = Array.from({ length: 100 }, (_, n) => [["h", 1 + n], `N${i}x${n}`])
          yield* peer.sayPacked(Main.whisper, packed([Sub.peers, peers]))
        }
        yield* Effect.sleep(500)
        // The good peers are in it too.
        expect([...node.peers.book().entries].length).toBeLessThanOrEqual(64 + 2)
      })
    )
    expect(refusals.TooManyControlMessages).toBeGreaterThan(90)
  })
})

describe("requests that are broadcast", () => {
  it("are all passed on, but not all looked at, and are not the fault of who passes them on", () => {
    const count = REQUEST_BURST + 500
    const { left, refusals } = attacked((node) =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        yield* peer.handshake()
        for (let i = 0; i < count; i++) {
          yield* peer.sayPacked(Main.broadcast, packed([Sub.request, `r${i}`, "nobody"]))
        }
        yield* Effect.sleep(100)
        expect((yield* node.mesh.counters).relayed).toBeGreaterThanOrEqual(2 * count)
      })
    )
    expect(refusals.TooManyRequests).toBeGreaterThan(400)
    expect(left).toBe(1)
  })

  it("are answered so many times, and no more", () => {
    const { value } = attacked((node) =>
      Effect.gen(function* () {
        const known = yield* dialNode("known", "node")
        yield* known.say({
          _tag: "Handshake",
          id: known.id,
          subnet: node.connections.open()[0]?.peer.subnet ?? (yield* Effect.die("no peer")),
          endpoint: { host: "known", port: 1 },
          methods: []
        })
        const peer = yield* dialNode("x", "node")
        yield* peer.handshake()
        yield* Effect.sleep(100)
        for (let i = 0; i < ANSWER_BURST + 300; i++) {
          yield* peer.sayPacked(Main.broadcast, packed([Sub.request, `r${i}`, known.id]))
        }
        yield* Effect.sleep(200)
        return peer.hearsOf("PeerResponse").length
      })
    )
    expect(value).toBeGreaterThanOrEqual(ANSWER_BURST)
    expect(value).toBeLessThan(ANSWER_BURST + 60)
  })
})
