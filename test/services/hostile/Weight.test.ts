// What costs memory and work: peers that take nothing, frames that don't end, bombs.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Method } from "../../../src/domain/Flags.ts"
import * as Frame from "../../../src/domain/Frame.ts"
import {
  BACKLOG_MAX_BYTES,
  FRAME_BODY_MAX_BYTES,
  OUTBOX_MAX_BYTES,
  OUTBOX_STALL_MILLIS,
  RECEIVING_MAX_BYTES,
  WORK_BURST_BYTES
} from "../../../src/domain/Limits.ts"
import { compressor } from "../../../src/layers/PureCompressing.ts"
import { dialNode, SUBNET } from "../../suites/RawPeer.ts"
import { attacked } from "../../suites/Scene.ts"
import { bodyAround } from "../../suites/Wire.ts"

const uint32 = (value: number) => [
  value >>> 24,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255
]

/** A whisper of nothing but zeros, which only compression makes small. */
const bomb = () => {
  const zeros = FRAME_BODY_MAX_BYTES - 200
  const packed = new Uint8Array(15 + zeros + 1)
  packed.set([0x96, 0x02, 0xa1, 0x78, 0xce, 0x59, 0x68, 0x2f, 0x00, 0x02, 0xc6, ...uint32(zeros)])
  packed[15 + zeros] = 0xc0
  return packed
}

describe("a peer that takes nothing", () => {
  it("has no more waiting than its outbox holds, and is dropped in time", () => {
    const { left, refusals, value } = attacked((node) =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node", { reads: false })
        yield* peer.handshake()
        yield* Effect.sleep(100)
        let most = 0
        for (let i = 0; i < 18; i++) {
          yield* node.mesh.broadcast([i, new Uint8Array(500_000)])
          yield* Effect.sleep(50)
          for (const { outbox } of node.connections.live()) most = Math.max(most, outbox.bytes)
        }
        yield* Effect.sleep(OUTBOX_STALL_MILLIS + 20_000)
        return most
      })
    )
    expect(value).toBeLessThanOrEqual(OUTBOX_MAX_BYTES)
    expect(value).toBeGreaterThan(OUTBOX_MAX_BYTES / 2)
    expect(refusals).toEqual({ SlowPeer: 1 })
    expect(left).toBe(0)
  })

  it("gives way where many together let more wait than a node holds", () => {
    const peers = 40
    const { refusals, value } = attacked((node) =>
      Effect.gen(function* () {
        for (let i = 0; i < peers; i++) {
          const peer = yield* dialNode(`x${i}`, "node", { reads: false })
          yield* peer.handshake()
        }
        yield* Effect.sleep(100)
        // Each is sent frames of its own.
        const own = [...node.connections.live()].filter(({ peer }) => peer?.kind === "Old")
        for (const connection of own) {
          for (let n = 0; n < 8; n++) connection.sendPacked(2, Frame.encode(new Uint8Array(1e6)))
        }
        return own.reduce((sum, { isEnded, outbox }) => sum + (isEnded ? 0 : outbox.bytes), 0)
      })
    )
    expect(value).toBeLessThanOrEqual(BACKLOG_MAX_BYTES)
    expect(refusals.Overloaded).toBeGreaterThan(0)
  })
})

describe("frames that don't end", () => {
  it("of many peers together have a limit", () => {
    const peers = RECEIVING_MAX_BYTES / FRAME_BODY_MAX_BYTES + 4
    const { refusals } = attacked(() =>
      Effect.gen(function* () {
        const begun = new Uint8Array(FRAME_BODY_MAX_BYTES)
        begun.set(uint32(FRAME_BODY_MAX_BYTES))
        for (let i = 0; i < peers; i++) {
          const peer = yield* dialNode(`x${i}`, "node")
          yield* peer.handshake()
          yield* peer.sayBytes(begun)
        }
        yield* Effect.sleep(1000)
      })
    )
    expect(refusals.Overloaded).toBeGreaterThanOrEqual(3)
    expect(refusals.Overloaded).toBeLessThanOrEqual(4)
  })
})

describe("bombs that are whole messages", () => {
  it("are all heard, at the pace that the node bears", () => {
    const count = WORK_BURST_BYTES / FRAME_BODY_MAX_BYTES + 8
    const { refusals, value } = attacked((node) =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        yield* peer.handshake(SUBNET, [Method.zlib])
        yield* Effect.sleep(100)
        const frame = Frame.encode(compressor.deflate(Method.zlib, bodyAround(bomb())))
        for (let i = 0; i < count; i++) yield* peer.sayBytes(frame)
        yield* Effect.sleep(500)
        const soon = node.received.length
        yield* Effect.sleep(10_000)
        return [soon, node.received.length]
      })
    )
    expect(refusals).toEqual({})
    expect(value[0]).toBeLessThan(count)
    expect(value[1]).toBe(count)
  })
})
