// Streams that can't be cut into frames, or whose frames don't end.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  FRAME_BODY_MAX_BYTES,
  FRAME_TIMEOUT_MILLIS,
  HANDSHAKE_BODY_MAX_BYTES
} from "../../../src/domain/Limits.ts"
import { dialNode } from "../../suites/RawPeer.ts"
import { attacked } from "../../suites/Scene.ts"
import { vectors } from "../../suites/Vectors.ts"

const length = (value: number) =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)

const say = (isMet: boolean, bytes: Uint8Array, waitMillis = 1000) =>
  attacked(() =>
    Effect.gen(function* () {
      const peer = yield* dialNode("x", "node")
      if (isMet) yield* peer.handshake()
      yield* peer.sayBytes(bytes)
      yield* Effect.sleep(waitMillis)
      return peer.isClosed
    })
  )

describe("the length of a frame", () => {
  it.each([
    [false, 0, "FrameTooShort"],
    [false, 32, "FrameTooShort"],
    [false, HANDSHAKE_BODY_MAX_BYTES + 1, "FrameTooLong"],
    [false, 2 ** 32 - 1, "FrameTooLong"],
    [true, 0, "FrameTooShort"],
    [true, FRAME_BODY_MAX_BYTES + 1, "FrameTooLong"],
    [true, 2 ** 31, "FrameTooLong"],
    [true, 2 ** 32 - 1, "FrameTooLong"]
  ] as const)("after a handshake: %s, of %i bytes is refused as %s", (isMet, bytes, reason) => {
    const { refusals, value } = say(isMet, length(bytes))
    expect(refusals).toEqual({ [reason]: 1, Malformed: 1 })
    expect(value).toBe(true)
  })
})

describe("a frame that does not end", () => {
  it("before the handshake is out of time with it", () => {
    const { left, refusals } = say(false, length(1000), 6000)
    expect([left, refusals]).toEqual([0, { HandshakeTimeout: 1 }])
  })

  it("after it has a time limit, though bytes keep coming", () => {
    const { left, refusals } = attacked(() =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        yield* peer.handshake()
        yield* peer.sayBytes(length(FRAME_BODY_MAX_BYTES))
        for (let millis = 0; millis < FRAME_TIMEOUT_MILLIS + 30_000; millis += 1000) {
          yield* peer.sayBytes(Uint8Array.of(0))
          yield* Effect.sleep(1000)
        }
      })
    )
    expect([left, refusals]).toEqual([0, { SlowFrame: 1 }])
  })

  it("costs nobody who is only slow", () => {
    const { left, refusals } = attacked(() =>
      Effect.gen(function* () {
        const peer = yield* dialNode("x", "node")
        yield* peer.handshake()
        // One frame after another, each begun before the last has been looked at.
        for (let i = 0; i < 12; i++) {
          yield* peer.say({ _tag: "UserWhisper", payload: [i] })
          yield* peer.sayBytes(length(33))
          yield* Effect.sleep(9_000)
          yield* peer.sayBytes(new Uint8Array(33).fill(i))
        }
      })
    )
    expect(refusals.SlowFrame).toBeUndefined()
    expect(left).toBe(1)
  })
})

describe("a stream that is cut off anywhere", () => {
  const said = vectors.filter(
    ({ conn, dir, file }) =>
      file === "js2p-mesh" && conn === vectors[0]?.conn && dir === vectors[0]?.dir
  )
  const cuts = [1, 3, 4, 5, 36, 37, 60, 100, 150]

  it.each(cuts)("after %i bytes leaves nothing behind", (cut) => {
    const whole = Uint8Array.from(said.flatMap(({ frame }) => [...frame]))
    const { defects, left } = attacked(() =>
      Effect.scoped(
        Effect.gen(function* () {
          const peer = yield* dialNode("x", "node")
          yield* peer.sayBytes(whole.subarray(0, cut))
          yield* Effect.sleep(100)
        })
      )
    )
    expect([defects, left]).toEqual([0, 0])
  })
})
