import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Bytes from "../../src/domain/Bytes.ts"
import * as Frame from "../../src/domain/Frame.ts"
import { FRAME_BODY_MAX_BYTES, FRAME_LENGTH_BYTES } from "../../src/domain/Limits.ts"
import { bytes, integers, thorough } from "../suites/Arbitraries.ts"
import { fromHex } from "../suites/Hex.ts"

const bodies = Arbitrary.array(bytes(Frame.BODY_MIN_BYTES, 120), { maxLength: 8 })
const cuts = Arbitrary.array(integers(0, 1000), { maxLength: 24 })

/** The stream of some frames. */
const streamOf = (all: ReadonlyArray<Uint8Array>) => Bytes.concat(all.map(Frame.encode))

/** Cuts bytes at positions (modulo their length); cuts at one place make empty chunks. */
const cut = (stream: Uint8Array, positions: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const sorted = positions.map((at) => at % (stream.length + 1)).toSorted((a, b) => a - b)
  const ends = [...sorted, stream.length]
  return ends.map((end, i) => stream.slice(sorted[i - 1] ?? 0, end))
}

const singly = (stream: Uint8Array) => Array.from(stream, (byte) => Uint8Array.of(byte))

/** All bodies of some chunks, copied, as the parser asks for. */
const parse = (chunks: ReadonlyArray<Uint8Array>, parser = new Frame.Parser()) => {
  const found: Array<Uint8Array> = []
  for (const chunk of chunks) {
    parser.push(chunk)
    for (let body = parser.next(); body !== undefined; body = parser.next()) {
      found.push(body.slice())
    }
  }
  return { found, parser }
}

describe("Frame.Parser", () => {
  it.prop(
    "finds the same bodies wherever the stream is cut",
    { bodies, cuts },
    (given) => {
      const { found, parser } = parse(cut(streamOf(given.bodies), given.cuts))
      deepStrictEqual(found, given.bodies)
      expect(parser.buffered).toBe(0)
      expect(parser.fault).toBe(undefined)
    },
    thorough(100, 300)
  )

  it.prop(
    "finds them byte by byte",
    { bodies },
    (given) => {
      deepStrictEqual(parse(singly(streamOf(given.bodies))).found, given.bodies)
    },
    thorough(100)
  )

  it.prop(
    "keeps what is no whole frame yet",
    { bodies, cuts, short: integers(1, 37) },
    (given) => {
      const whole = [...given.bodies, new Uint8Array(Frame.BODY_MIN_BYTES)]
      const stream = streamOf(whole)
      const there = stream.slice(0, stream.length - given.short)
      const { found, parser } = parse(cut(there, given.cuts))
      deepStrictEqual(found, given.bodies)
      expect(parser.buffered).toBe(FRAME_LENGTH_BYTES + Frame.BODY_MIN_BYTES - given.short)
      deepStrictEqual(parse([stream.slice(there.length)], parser).found, whole.slice(-1))
    },
    thorough(100)
  )

  it("hands out a view where a body lies whole in a chunk", () => {
    const stream = streamOf([new Uint8Array(40)])
    const parser = new Frame.Parser()
    parser.push(stream)
    expect(parser.next()?.buffer).toBe(stream.buffer)
  })

  const limit = { reason: "TooLong", limit: FRAME_BODY_MAX_BYTES } as const
  const least = { reason: "TooShort", limit: Frame.BODY_MIN_BYTES } as const
  const faults = [
    { name: "the format's greatest", hex: "ffffffff", fault: { ...limit, length: 0xffff_ffff } },
    { name: "one more than we take", hex: "00400001", fault: { ...limit, length: 0x40_0001 } },
    { name: "none", hex: "00000000", fault: { ...least, length: 0 } },
    { name: "a digest and no message", hex: "00000020", fault: { ...least, length: 32 } }
  ]

  describe.each(faults)("a declared length of $name", ({ fault, hex }) => {
    const good = new Uint8Array(50).fill(7)
    const chunked = {
      "in one chunk": [Bytes.concat([Frame.encode(good), fromHex(hex)])],
      "byte by byte": singly(Bytes.concat([Frame.encode(good), fromHex(hex)]))
    }
    it.each(Object.entries(chunked))("is a fault, after what came before: %s", (_, chunks) => {
      const { found, parser } = parse(chunks)
      deepStrictEqual(found, [good])
      expect(parser.fault).toBeInstanceOf(Frame.FrameError)
      expect(parser.fault).toMatchObject(fault)
      expect(parser.fault?.message).toContain(String(fault.length))
      // For good: what follows has no known beginning.
      deepStrictEqual(parse([Frame.encode(good)], parser).found, [])
    })
  })

  it("takes the longest body that the limit allows, and the shortest", () => {
    const longest = new Uint8Array(200).fill(1)
    const shortest = new Uint8Array(Frame.BODY_MIN_BYTES).fill(2)
    const stream = streamOf([longest, shortest])
    deepStrictEqual(parse([stream], new Frame.Parser(200)).found, [longest, shortest])
    expect(parse([stream], new Frame.Parser(199)).parser.fault?.reason).toBe("TooLong")
  })

  it("sets nothing aside for bytes that are declared and have not come", () => {
    const before = process.memoryUsage().arrayBuffers
    const waiting = Array.from({ length: 64 }, () => {
      const parser = new Frame.Parser()
      for (const chunk of [fromHex("003f"), fromHex("ffff"), fromHex("00")]) {
        parser.push(chunk)
        expect(parser.next()).toBe(undefined)
      }
      return parser
    })
    // 64 frames of 4 MiB are declared: 256 MiB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
    expect(waiting.map((parser) => parser.buffered)).toEqual(waiting.map(() => 5))
  })
})

describe("Frame.Parser, of a frame that trickles in", () => {
  it.each([1, 1000, 5000])("holds parts of %i bytes at little more than their size", (size) => {
    const body = new Uint8Array(512 * 1024).map((_, i) => i * 7)
    const stream = Frame.encode(body)
    const parser = new Frame.Parser()
    const before = process.memoryUsage().heapUsed
    for (let at = 0; at < stream.length; at += size) {
      if (parser.next() !== undefined) throw new Error("it is not whole yet")
      parser.push(stream.slice(at, at + size))
    }
    // A view and a buffer for each byte would take some hundred bytes of it.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024)
    deepStrictEqual(parser.next(), body)
  })
})

describe("Frame", () => {
  it.prop("encodes the length, then the body", { body: bytes() }, ({ body }) => {
    const frame = Frame.encode(body)
    expect(new DataView(frame.buffer, frame.byteOffset).getUint32(0)).toBe(body.length)
    deepStrictEqual(frame.slice(FRAME_LENGTH_BYTES), body)
  })

  it.each([
    [0xffff_ffff, "ffffffff"],
    [0x0102_0304, "01020304"]
  ])("writes a length of %i big-endian", (length, hex) => {
    const out = new Uint8Array(4)
    Frame.writeLength(out, length)
    expect(Bytes.toHex(out)).toBe(hex)
  })

  it.prop(
    "finds the frame around a body, whatever lies before it",
    {
      body: bytes(Frame.BODY_MIN_BYTES),
      before: bytes(0, 8)
    },
    ({ before, body }) => {
      const expected = Frame.encode(body)
      const within = Bytes.concat([before, expected])
      deepStrictEqual(Frame.around(within.subarray(before.length + FRAME_LENGTH_BYTES)), expected)
      // No prefix before it: a frame of its own.
      deepStrictEqual(Frame.around(Bytes.concat([before, body]).subarray(before.length)), expected)
      deepStrictEqual(Frame.around(body), expected)
    }
  )
})
