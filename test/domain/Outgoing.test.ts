import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import type { Compressor } from "../../src/domain/Compression.ts"
import { METHODS } from "../../src/domain/Compression.ts"
import { Method } from "../../src/domain/Flags.ts"
import * as Frame from "../../src/domain/Frame.ts"
import { COMPRESS_MIN_BYTES, FRAME_LENGTH_BYTES } from "../../src/domain/Limits.ts"
import { Outgoing } from "../../src/domain/Outgoing.ts"
import * as NodeCompressing from "../../src/layers/NodeCompressing.ts"

/** A compressor that counts its work. */
const counting = () => {
  const deflated: Array<number> = []
  const compressor: Compressor = {
    inflate: NodeCompressing.compressor.inflate,
    deflate: (method, bytes) => {
      deflated.push(method)
      return NodeCompressing.compressor.deflate(method, bytes)
    }
  }
  return { compressor, deflated }
}

/** A body of bytes that no method makes smaller; its first two are the caller's. */
const noise = (length: number, first: number, second: number) => {
  const body = new Uint8Array(length)
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    body[i] = state >>> 24
  }
  body.set([first, second])
  return body
}

const compressible = new Uint8Array(1000).fill(7)
const incompressible = noise(1000, 7, 7)
const ambiguous = noise(1000, 0x78, 0x9c)
const small = new Uint8Array(COMPRESS_MIN_BYTES - 1).fill(7)
const smallAndAmbiguous = noise(40, 0x1f, 0x8b)

describe("Outgoing", () => {
  it.each([
    ["what gets smaller", compressible, { ours: true, old: true }],
    ["what does not", incompressible, { ours: false, old: false }],
    ["what is too small to be worth it", small, { ours: false, old: false }],
    ["what an old peer could take for compressed", ambiguous, { ours: false, old: true }],
    ["that, however small", smallAndAmbiguous, { ours: false, old: true }]
  ])("compresses %s only where it should", (_, body, compressed) => {
    for (const method of METHODS) {
      for (const [isOld, expected] of [
        [false, compressed.ours],
        [true, compressed.old]
      ] as const) {
        const raw = Frame.encode(body)
        const frame = new Outgoing(NodeCompressing.compressor, raw).frame(method, isOld)
        if (!expected) expect(frame).toBe(raw)
        else {
          const length = frame.length - FRAME_LENGTH_BYTES
          expect(new DataView(frame.buffer, frame.byteOffset).getUint32(0)).toBe(length)
          const inflated = NodeCompressing.compressor.inflate(
            method,
            frame.subarray(FRAME_LENGTH_BYTES),
            body.length
          )
          deepStrictEqual(Uint8Array.from(Result.getOrThrow(inflated)), body)
        }
      }
    }
  })

  it("leaves the smallest body that is worth it to the comparison", () => {
    const { compressor, deflated } = counting()
    for (const length of [COMPRESS_MIN_BYTES - 1, COMPRESS_MIN_BYTES]) {
      new Outgoing(compressor, Frame.encode(new Uint8Array(length))).frame(Method.zlib, false)
    }
    expect(deflated.length).toBe(1)
  })

  it.each([true, false])("goes out as it is where no method is shared (old: %s)", (isOld) => {
    const { compressor, deflated } = counting()
    const raw = Frame.encode(ambiguous)
    expect(new Outgoing(compressor, raw).frame(undefined, isOld)).toBe(raw)
    expect(deflated).toEqual([])
  })

  it("compresses once for each method, however many peers there are", () => {
    const { compressor, deflated } = counting()
    const outgoing = new Outgoing(compressor, Frame.encode(compressible))
    for (const method of [Method.zlib, Method.snappy, Method.zlib, Method.snappy, Method.zlib]) {
      for (const isOld of [true, false]) {
        expect(outgoing.frame(method, isOld)).toBe(outgoing.frame(method, !isOld))
      }
    }
    expect(deflated).toEqual([Method.zlib, Method.snappy])
  })
})
