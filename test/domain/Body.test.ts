import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Body from "../../src/domain/Body.ts"
import * as Bytes from "../../src/domain/Bytes.ts"
import {
  type Compressor,
  InflateError,
  METHODS,
  methodName,
  type Speakable
} from "../../src/domain/Compression.ts"
import * as Envelope from "../../src/domain/Envelope.ts"
import { Method } from "../../src/domain/Flags.ts"
import { DIGEST_BYTES, FRAME_INFLATED_MAX_BYTES } from "../../src/domain/Limits.ts"
import * as NodeCompressing from "../../src/layers/NodeCompressing.ts"
import * as NodeHashing from "../../src/layers/NodeHashing.ts"
import * as PureCompressing from "../../src/layers/PureCompressing.ts"
import * as PureHashing from "../../src/layers/PureHashing.ts"
import { integers } from "../suites/Arbitraries.ts"
import { fromHex } from "../suites/Hex.ts"
import { bodyAround, bodyOf, frameOf, type Spoken } from "../suites/Wire.ts"

const adapters = [
  { name: "Node", hasher: NodeHashing.hasher, compressor: NodeCompressing.compressor },
  { name: "pure", hasher: PureHashing.hasher, compressor: PureCompressing.compressor }
]

const broadcast: Spoken = { main: 0, sender: "me", dialect: "str", time: 7, payload: [0, "text"] }
const body = bodyOf(frameOf(broadcast))
const key = Bytes.toKey(body, 0, 32)
const methods = METHODS.map((method) => ({ method, name: methodName(method) }))

/** The body with the digest of another message. */
const forged = body.slice()
forged[0] = (body[0] ?? 0) ^ 1

const { deflate } = NodeCompressing.compressor

const bombs = methods.map(({ method, name }) => ({
  name,
  bomb: deflate(method, new Uint8Array(FRAME_INFLATED_MAX_BYTES + 1))
}))

/** A message of just the largest size, compressed. */
const swelling = (() => {
  const packed = new Uint8Array(FRAME_INFLATED_MAX_BYTES - 32)
  packed.set(fromHex("94 00 a16d 05 c6"))
  new DataView(packed.buffer).setUint32(6, packed.length - 10)
  return deflate(Method.zlib, bodyAround(packed))
})()

/** A digest is any bytes: one in 65,536 begins as a zlib stream usually does, one as a gzip stream. */
const lookalikes = [
  { name: "zlib", start: [0x78, 0x9c] },
  { name: "gzip", start: [0x1f, 0x8b] }
].map(({ name, start }) => {
  for (let time = 0; ; time++) {
    const body = bodyOf(frameOf({ ...broadcast, time }))
    if (body[0] === start[0] && body[1] === start[1]) return { name, body }
  }
})

describe.each(adapters)("Body.unwrap on $name", ({ compressor, hasher }) => {
  const unwrap = (
    given: Uint8Array,
    known: ReadonlyArray<Speakable> = METHODS,
    isKnown: Body.IsKnown = () => false
  ) => Body.unwrap(hasher, compressor, known, given, isKnown)

  const opened = (...given: Parameters<typeof unwrap>) => {
    const unwrapped = unwrap(...given)
    if (Body.isError(unwrapped)) throw unwrapped
    return unwrapped
  }

  it("opens a raw body without a copy", () => {
    const unwrapped = opened(body)
    expect(unwrapped.body).toBe(body)
    expect(unwrapped).toMatchObject({ isKnown: false })
    expect(Envelope.sender(unwrapped.envelope)).toBe("me")
    expect(unwrapped.envelope).toMatchObject({ main: 0, time: 7, payloadCount: 2 })
  })

  it("tries no method on a body that is raw", () => {
    const tried: Array<number> = []
    const inflate: Compressor["inflate"] = (...given) => {
      tried.push(given[0])
      return compressor.inflate(...given)
    }
    Body.unwrap(hasher, { ...compressor, inflate }, METHODS, body, () => false)
    expect(tried).toEqual([])
    Body.unwrap(hasher, { ...compressor, inflate }, METHODS, forged, () => false)
    expect(tried).toEqual(METHODS)
  })

  it.each(methods)("opens a body compressed with $name", ({ method }) => {
    const unwrapped = opened(compressor.deflate(method, body))
    deepStrictEqual(Uint8Array.from(unwrapped.body), body)
    expect(unwrapped).toMatchObject({ isKnown: false })
    deepStrictEqual(Uint8Array.from(unwrapped.envelope.packed), body.slice(32))
  })

  it.each(methods)("refuses $name from a peer that has not named it", ({ method }) => {
    const others = METHODS.filter((other) => other !== method)
    expect(Body.isError(unwrap(compressor.deflate(method, body), others))).toBe(true)
    expect(Body.isError(unwrap(compressor.deflate(method, body), []))).toBe(true)
  })

  it("refuses a digest that does not fit, raw or compressed", () => {
    const fault = { field: "digest", reason: "does not fit the message" }
    expect(unwrap(forged)).toMatchObject(fault)
    for (const method of METHODS) {
      expect(unwrap(compressor.deflate(method, forged))).toMatchObject(fault)
    }
  })

  it.prop(
    "refuses a body of which any bit is not as it was",
    { bit: integers(0, 8 * body.length - 1) },
    ({ bit }) => {
      const flipped = body.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(Body.isError(unwrap(flipped))).toBe(true)
    }
  )

  it.each(bombs)("stops a bomb of $name", ({ bomb, name }) => {
    const fault = unwrap(bomb)
    expect(fault).toBeInstanceOf(InflateError)
    expect(fault).toMatchObject({
      method: name,
      reason: "TooLarge",
      limit: FRAME_INFLATED_MAX_BYTES
    })
  })

  it("takes what swells to just the limit", () => {
    expect(opened(swelling).body.length).toBe(FRAME_INFLATED_MAX_BYTES)
  })

  it.each(lookalikes)("opens a raw body whose digest begins as $name does", ({ body }) => {
    expect(opened(body).body).toBe(body)
  })

  it.each([
    ["fewer bytes than a digest", "0102030405"],
    ["a digest alone", "00".repeat(32)],
    ["bytes of no kind", "ff".repeat(50)]
  ])("refuses %s for its envelope", (_, hex) => {
    expect(unwrap(fromHex(hex))).toBeInstanceOf(Envelope.EnvelopeError)
  })

  it("refuses a message that is malformed, though its digest fits", () => {
    const malformed = bodyAround(fromHex("93 00 a161 05 c1"))
    expect(unwrap(malformed)).toMatchObject({ field: "payload" })
    const compressed = compressor.deflate(Method.zlib, malformed)
    expect(unwrap(compressed)).toMatchObject({ field: "payload" })
  })

  it("asks for a broadcast alone whether it is known, by its second and digest", () => {
    const asked: Array<readonly [number, string]> = []
    const isKnown = (second: number, bytes: Uint8Array, at: number) =>
      asked.push([second, Bytes.toKey(bytes, at, at + DIGEST_BYTES)]) > 0
    expect(opened(body, METHODS, isKnown).isKnown).toBe(true)
    expect(opened(compressor.deflate(Method.zlib, body), METHODS, isKnown).isKnown).toBe(true)
    deepStrictEqual(asked, [
      [7, key],
      [7, key]
    ])
    const whisper = bodyOf(frameOf({ ...broadcast, main: 2 }))
    expect(opened(whisper, METHODS, isKnown).isKnown).toBe(false)
    expect(asked.length).toBe(2)
  })

  it("does not check what claims to be known any further: it is dropped either way", () => {
    expect(opened(forged, METHODS, () => true)).toMatchObject({ isKnown: true })
    expect(
      Body.isError(unwrap(forged, METHODS, (_, bytes, at) => Bytes.isKey(bytes, at, key)))
    ).toBe(true)
  })
})
