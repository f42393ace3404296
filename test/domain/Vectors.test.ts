import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import * as Body from "../../src/domain/Body.ts"
import * as Bytes from "../../src/domain/Bytes.ts"
import { METHODS } from "../../src/domain/Compression.ts"
import * as Envelope from "../../src/domain/Envelope.ts"
import { Method } from "../../src/domain/Flags.ts"
import * as Frame from "../../src/domain/Frame.ts"
import { DIGEST_BYTES, FRAME_LENGTH_BYTES } from "../../src/domain/Limits.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import * as WireMessage from "../../src/domain/messages/WireMessage.ts"
import { Outgoing } from "../../src/domain/Outgoing.ts"
import * as NodeCompressing from "../../src/layers/NodeCompressing.ts"
import * as NodeHashing from "../../src/layers/NodeHashing.ts"
import * as PureCompressing from "../../src/layers/PureCompressing.ts"
import * as PureHashing from "../../src/layers/PureHashing.ts"
import { type Vector, vectors } from "../suites/Vectors.ts"

const adapters = [
  [NodeHashing.hasher, NodeCompressing.compressor],
  [PureHashing.hasher, PureCompressing.compressor]
] as const

/** The wire document's messages, by main flag, sub-flag and number of elements of the payload. */
const names: Readonly<Record<string, string>> = {
  "2 5 5": "Handshake",
  "2 5 2": "ChordHandshake",
  "2 7 2": "PeerList",
  "0 11 3": "SyncStore",
  "0 17 3": "SyncDelta",
  "2 11 4": "ChordStore",
  "2 17 4": "ChordDelta",
  "2 12 3": "ChordRetrieve",
  "2 13 4": "ChordRetrieved",
  "0 6 2": "KeyAdded"
}

const nameOf = ([main, , , sub, ...rest]: Vector["message"]) =>
  main === 0 && sub === 0
    ? "UserBroadcast"
    : main === 2 && sub === 2
      ? "UserWhisper"
      : names[`${String(main)} ${String(sub)} ${rest.length + 1}`]

/** Where the format leaves a choice, and the sender took another than we do. */
const choices = [
  {
    vector: "js2p-mesh 6",
    why: "JavaScript's one type of number: js2p writes integers beyond 32 bits as float 64",
    theirs: "cb4271f71fb04cb000",
    ours: "cf0000011f71fb04cb"
  }
]

const opened = (vector: Vector, [hasher, compressor]: (typeof adapters)[number]) => {
  const parser = new Frame.Parser()
  parser.push(vector.frame)
  const body = parser.next()
  if (body === undefined) throw new Error("no whole frame")
  expect(parser.next()).toBe(undefined)
  expect(parser.buffered).toBe(0)
  const unwrapped = Body.unwrap(hasher, compressor, METHODS, body, () => false)
  if (Body.isError(unwrapped)) throw unwrapped
  return unwrapped
}

const reframed = (envelope: Envelope.Envelope, message: WireMessage.WireMessage) => {
  const { dialect, main, time } = envelope
  const payload = Result.flatMap(WireMessage.encode(message, dialect), MessagePack.encode)
  const sender = Envelope.spell(Envelope.sender(envelope), dialect)
  return Envelope.frame(NodeHashing.hasher, main, sender, time, Result.getOrThrow(payload))
}

const cases = vectors.map((vector) => ({
  name: `${vector.file} ${vector.index}`,
  kind: nameOf(vector.message),
  vector
}))

describe("the recorded frames", () => {
  it("are all there", () => {
    const counts = Map.groupBy(vectors, ({ file }) => file)
    expect([...counts].map(([file, of]) => [file, of.length])).toEqual([
      ["js2p-mesh", 8],
      ["js2p-sync", 9],
      ["js2p-chord", 23],
      ["py2p-mesh", 6],
      ["py2p-sync", 8],
      ["py2p-chord", 39]
    ])
  })

  describe.each(cases)("$name: $kind ($vector.compression)", ({ kind, name, vector }) => {
    const [main, sender, time, ...payload] = vector.message
    const dialect = vector.file.startsWith("py2p") ? "bin" : "str"

    it("opens to what was recorded, by either adapters", () => {
      for (const pair of adapters) {
        const { body, envelope, isKnown } = opened(vector, pair)
        expect(isKnown).toBe(false)
        expect(envelope).toMatchObject({ main, time, dialect, payloadCount: payload.length })
        expect(Envelope.subFlag(envelope)).toBe(payload[0])
        const text = Envelope.sender(envelope)
        deepStrictEqual(dialect === "bin" ? Bytes.fromText(text) : text, sender)
        deepStrictEqual(Result.getOrThrow(Envelope.payload(envelope)), payload)
        deepStrictEqual(
          Result.getOrThrow(MessagePack.decode(Uint8Array.from(envelope.packed))),
          vector.message
        )
        expect(Bytes.isKey(body, 0, NodeHashing.hasher.sha256Key(envelope.packed))).toBe(true)
      }
    })

    it("is the message that the wire document says", () => {
      const message = Result.getOrThrow(WireMessage.decode(Number(main), payload))
      expect(message._tag).toBe(kind)
      expect(WireMessage.mainFlag(message._tag)).toBe(main)
    })

    it("is written byte for byte as its sender wrote it", () => {
      const { body, envelope } = opened(vector, adapters[0])
      const message = Result.getOrThrow(WireMessage.decode(Number(main), payload))
      const frame = reframed(envelope, message)
      const choice = choices.find(({ vector }) => vector === name)
      const theirs = Bytes.toHex(body)
      if (choice !== undefined) {
        // The digest differs with the message; of the message, the choice alone.
        const packed = theirs.slice(2 * DIGEST_BYTES)
        expect(packed).toContain(choice.theirs)
        expect(Bytes.toHex(frame.subarray(FRAME_LENGTH_BYTES + DIGEST_BYTES))).toBe(
          packed.replace(choice.theirs, choice.ours)
        )
        return
      }
      expect(Bytes.toHex(frame.subarray(FRAME_LENGTH_BYTES))).toBe(theirs)
      if (vector.compression === "none") deepStrictEqual(frame, vector.frame)
    })

    it("is opened again however we compress it", () => {
      const { body } = opened(vector, adapters[0])
      for (const pair of adapters) {
        for (const method of METHODS) {
          // To an old peer, so that the smallest is compressed as well where its digest asks for it.
          const frame = new Outgoing(pair[1], Frame.encode(body)).frame(method, true)
          expect(Bytes.equals(opened({ ...vector, frame }, pair).body, body)).toBe(true)
          const deflated = Frame.encode(pair[1].deflate(method, body))
          expect(Bytes.equals(opened({ ...vector, frame: deflated }, pair).body, body)).toBe(true)
        }
      }
    })
  })

  it("are compressed with what the sender prefers of what both know", () => {
    const compressed = vectors.filter(({ compression }) => compression !== "none")
    for (const { compression, file } of compressed) {
      expect(compression).toBe(file.startsWith("py2p") ? "snappy" : "zlib")
    }
    const handshakes = cases.filter(({ kind }) => kind === "Handshake")
    for (const { vector } of handshakes) {
      const methods = vector.message.at(-1)
      expect(vector.compression).toBe("none")
      expect(methods).toEqual(
        vector.file.startsWith("py2p")
          ? [Method.snappy, Method.zlib, Method.gzip, Method.bz2, Method.lzma]
          : [Method.zlib, Method.gzip]
      )
    }
  })
})
