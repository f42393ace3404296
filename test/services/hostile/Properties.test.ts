// Bytes of any kind, drawn: whatever a peer says, the node goes on, nothing of it dies, and nothing stays behind.
// A failure prints what replays it.

import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { attacked } from "../../suites/Scene.ts"
import { anyOf, bytes, integers, oneOf, thorough } from "../../suites/Arbitraries.ts"
import { dialNode } from "../../suites/RawPeer.ts"
import { vectors } from "../../suites/Vectors.ts"

/** A recorded frame, with some of its bits flipped, and cut off. */
const changed = Arbitrary.map(
  Arbitrary.all({
    which: integers(0, vectors.length - 1),
    flips: Arbitrary.array(integers(0, 4095)),
    cut: integers(0, 200)
  }),
  ({ cut, flips, which }) => {
    const frame = (vectors[which]?.frame ?? new Uint8Array(4)).slice()
    for (const flip of flips) {
      const at = flip % frame.length
      frame[at] = (frame[at] ?? 0) ^ (1 << (flip & 7))
    }
    return cut < 100 ? frame.subarray(0, Math.ceil((frame.length * cut) / 100)) : frame
  }
)

/** Bytes that begin as a frame of their length does. */
const framed = Arbitrary.map(bytes(33, 400), (body) =>
  Uint8Array.from([0, 0, body.length >> 8, body.length & 255, ...body])
)

const isMet = oneOf(true, false)

describe("whatever a peer says", () => {
  it.prop(
    "a node goes on",
    { isMet, said: Arbitrary.array(anyOf(changed, framed, bytes(0, 400))) },
    ({ isMet, said }) => {
      const { defects, left } = attacked(() =>
        Effect.gen(function* () {
          const peer = yield* dialNode("x", "node")
          if (isMet) yield* peer.handshake()
          for (const each of said) yield* peer.sayBytes(each)
          yield* Effect.sleep(100)
        })
      )
      expect(defects).toBe(0)
      expect(left).toBeLessThanOrEqual(1)
    },
    thorough(24, 60)
  )

  it.prop(
    "and when it is gone, nothing of it is left",
    { said: Arbitrary.array(anyOf(changed, framed)) },
    ({ said }) => {
      const { left } = attacked(() =>
        Effect.andThen(
          Effect.scoped(
            Effect.gen(function* () {
              const peer = yield* dialNode("x", "node")
              for (const each of said) yield* peer.sayBytes(each)
            })
          ),
          Effect.sleep(1000)
        )
      )
      expect(left).toBe(0)
    },
    thorough(16, 40)
  )
})
