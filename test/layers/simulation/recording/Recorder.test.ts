import { assert, describe, test } from "@effect/vitest"
import { Address } from "../../../../src/domain/Address.ts"
import * as Bytes from "../../../../src/domain/Bytes.ts"
import { Method } from "../../../../src/domain/Flags.ts"
import * as Envelope from "../../../../src/domain/Envelope.ts"
import * as Frame from "../../../../src/domain/Frame.ts"
import { FRAME_LENGTH_BYTES } from "../../../../src/domain/Limits.ts"
import * as MessagePack from "../../../../src/domain/MessagePack.ts"
import * as WireMessage from "../../../../src/domain/messages/WireMessage.ts"
import type { Dialect } from "../../../../src/domain/Dialect.ts"
import * as NodeHashing from "../../../../src/layers/NodeHashing.ts"
import * as PureCompressing from "../../../../src/layers/PureCompressing.ts"
import { Recorder } from "../../../../src/layers/simulation/recording/Recorder.ts"
import type { Recording } from "../../../../src/layers/simulation/recording/Recording.ts"
import { runScenario } from "../../../../src/layers/simulation/Scenario.ts"
import * as Mesh from "../../../../src/layers/simulation/scenarios/Mesh.ts"

const { hasher } = NodeHashing
const { compressor } = PureCompressing

const at = (host: string, port: number) => new Address({ scheme: "memory", host, port })
const a = at("a", 50_000)
const b = at("b", 4_000)

/** The frame of a message, as a node writes it. */
const frameOf = (message: WireMessage.WireMessage, dialect: Dialect = "str") => {
  const payload = WireMessage.encode(message, dialect)
  assert(payload._tag === "Success")
  const packed = MessagePack.encode(payload.success)
  assert(packed._tag === "Success")
  const sender = Envelope.spell("node-a", dialect)
  return Envelope.frame(
    hasher,
    WireMessage.mainFlag(message._tag),
    sender,
    1_600_000_000,
    packed.success
  )
}

const said = (...payload: ReadonlyArray<string | number>) =>
  ({ _tag: "UserBroadcast", payload }) as const

const recorder = (max?: number) => {
  const made = new Recorder(hasher, compressor, max)
  made.onEvent({ _tag: "Started", atMillis: 0, node: "a" })
  made.onEvent({ _tag: "Started", atMillis: 0, node: "b" })
  made.onEvent({ _tag: "Connected", atMillis: 1, from: a, to: b })
  return made
}

/** Has bytes sent at one time arrive at another, in pieces. */
const pass = (
  to: Recorder,
  bytes: Uint8Array,
  sentMillis: number,
  atMillis: number,
  piece = bytes.length
) => {
  to.onSent(sentMillis, a, b, bytes)
  for (let from = 0; from < bytes.length; from += piece) {
    const part = bytes.subarray(from, from + piece)
    to.onEvent({ _tag: "Delivered", atMillis, from: a, to: b, bytes: part })
  }
}

/** What was recorded of messages, one line for each. */
const linesOf = ({ kinds, messages, nodes, texts }: Recording) => {
  let now = 0
  return messages.at.map((since, i) => {
    now += since
    const lost = messages.lost.includes(i) ? " lost" : ""
    const sent = (now - (messages.took[i] ?? 0)) / 1_000
    return `${sent} ${nodes[messages.from[i] ?? -1]} > ${nodes[messages.to[i] ?? -1]} ${now / 1_000}${lost}: ${
      kinds[messages.kind[i] ?? -1]
    } ${texts[messages.text[i] ?? -1]}`.trim()
  })
}

describe("a recorder", () => {
  test("names messages, wherever they are cut, with the time at which they were sent", () => {
    const bytes = Bytes.concat([
      frameOf({ _tag: "Heartbeat", sequence: 3 }),
      frameOf(said(7, "hello")),
      frameOf({ _tag: "Goodbye", reason: "Stopping", detail: "bye" })
    ])
    const whole = recorder()
    pass(whole, bytes, 10, 25)
    const expected = [
      "10 a > b 25: heartbeat 3",
      "10 a > b 25: broadcast 7 hello",
      "10 a > b 25: goodbye Stopping: bye"
    ]
    assert.deepStrictEqual(linesOf(whole.finish()), expected)
    for (const piece of [1, 3, 37, 50]) {
      const cut = recorder()
      pass(cut, bytes, 10, 25, piece)
      assert.deepStrictEqual(linesOf(cut.finish()), expected)
    }
  })

  test("knows of each message in a piece when it was sent", () => {
    const made = recorder()
    const first = frameOf({ _tag: "Heartbeat", sequence: 1 })
    const second = frameOf({ _tag: "Heartbeat", sequence: 2 })
    made.onSent(10, a, b, first)
    made.onSent(14, a, b, second)
    const bytes = Bytes.concat([first, second])
    made.onEvent({ _tag: "Delivered", atMillis: 20, from: a, to: b, bytes })
    assert.deepStrictEqual(linesOf(made.finish()), [
      "10 a > b 20: heartbeat 1",
      "14 a > b 20: heartbeat 2"
    ])
  })

  test("reads both dialects, and all that was compressed", () => {
    const text = "again and again ".repeat(100)
    for (const dialect of ["str", "bin"] as const) {
      for (const method of [Method.zlib, Method.gzip, Method.snappy] as const) {
        const made = recorder()
        const body = frameOf(said(1, text), dialect).subarray(FRAME_LENGTH_BYTES)
        const bytes = Frame.encode(compressor.deflate(method, body))
        assert.isBelow(bytes.length, body.length)
        pass(made, bytes, 1, 2, 11)
        const [line = ""] = linesOf(made.finish())
        assert.match(line, /broadcast 1 again and again .*…$/)
      }
    }
  })

  test("tells what can't be read, and goes on", () => {
    const made = recorder()
    const bytes = frameOf(said(7, "hello"))
    const flipped = Uint8Array.from(bytes)
    flipped[50] = (flipped[50] ?? 0) ^ 4
    pass(made, flipped, 1, 2)
    pass(made, bytes, 3, 4)
    const [bad = "", good = ""] = linesOf(made.finish())
    assert.match(bad, /^1 a > b 2: unreadable malformed message/)
    assert.strictEqual(good, "3 a > b 4: broadcast 7 hello")
  })

  test("tells once that a stream can't be cut any further", () => {
    const made = recorder()
    pass(made, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2), 1, 2)
    pass(made, Uint8Array.of(1, 2, 3), 3, 4)
    const lines = linesOf(made.finish())
    assert.lengthOf(lines, 1)
    assert.match(lines[0] ?? "", /unreadable a frame of 4294967295 bytes/)
  })

  test("tells what was sent and never arrived", () => {
    const made = recorder()
    const bytes = frameOf(said(7, "hello"))
    made.onSent(5, a, b, bytes)
    const begun = bytes.subarray(0, 20)
    made.onEvent({ _tag: "Delivered", atMillis: 6, from: a, to: b, bytes: begun })
    made.onSent(7, a, b, frameOf({ _tag: "Heartbeat", sequence: 1 }))
    made.onEvent({ _tag: "Disconnected", atMillis: 9, from: a, to: b })
    assert.deepStrictEqual(linesOf(made.finish()), [
      "5 a > b 9 lost: broadcast 7 hello",
      "7 a > b 9 lost: heartbeat 1"
    ])
  })

  test("knows a broadcast by its copies, and who made it", () => {
    const made = recorder()
    const bytes = frameOf(said(7, "hello"))
    pass(made, bytes, 1, 2)
    pass(made, bytes, 3, 4)
    pass(made, frameOf(said(8, "else")), 5, 6)
    const { broadcasts, messages } = made.finish()
    assert.deepStrictEqual(messages.broadcast, [0, 0, 1])
    assert.deepStrictEqual(broadcasts.at, [1_000, 5_000])
  })

  test("keeps the latest messages, and says how many others there were", () => {
    const made = recorder(4)
    for (let sequence = 1; sequence <= 10; sequence++) {
      pass(made, frameOf({ _tag: "Heartbeat", sequence }), sequence, sequence + 1)
    }
    const recording = made.finish()
    assert.strictEqual(recording.messages.dropped, 6)
    assert.deepStrictEqual(
      linesOf(recording).map((line) => line.split(" ").at(-1)),
      ["7", "8", "9", "10"]
    )
  })

  test("joins a fault's beginning and its end", () => {
    const made = recorder()
    const told = (atMillis: number, fault: string, detail: string) =>
      made.onEvent({ _tag: "FaultInjected", atMillis, fault, detail })
    told(1, "partition", "a | b")
    told(2, "hold", "a>b")
    told(3, "release", "a>b")
    told(4, "repair", "a | b")
    told(5, "slow-disk", "a 20")
    told(6, "reset", "a b")
    told(7, "slow-disk", "a 0")
    told(8, "pause", "b")
    told(9, "flip-bits", "a>b 0.1")
    told(10, "calm", "")
    told(11, "drift-clock", "a 12")
    const { faults, texts } = made.finish()
    assert.deepStrictEqual(
      faults.start.map((start, i) => [
        texts[faults.fault[i] ?? -1],
        start / 1_000,
        (faults.end[i] ?? 0) < 0 ? "open" : (faults.end[i] ?? 0) / 1_000,
        faults.nodes[i]
      ]),
      [
        ["partition", 1, 4, [0, 1]],
        ["hold", 2, 3, [0, 1]],
        ["slow-disk", 5, 7, [0]],
        ["reset", 6, 6, [0, 1]],
        ["pause", 8, 10, [1]],
        ["flip-bits", 9, 10, [0, 1]],
        ["calm", 10, 10, []],
        ["drift-clock", 11, "open", [0]]
      ]
    )
  })

  test("leaves a run as it is, and reads all that passes in it", () => {
    const config = { ...Mesh.swarm.config, nodes: 6, safetyMillis: 15_000 }
    const plain = runScenario(Mesh.swarm, config, 7, { hasher })
    const made = new Recorder(hasher, compressor)
    const { onEvent, onLook, onSent } = made
    const seen = runScenario(Mesh.swarm, config, 7, { hasher, onEvent, onLook, onSent })
    assert.deepStrictEqual(seen, plain)
    const { kinds, lives, messages, nodes, states } = made.finish()
    const names = messages.kind.map((kind) => kinds[kind])
    assert.isAbove(names.length, 100)
    for (const kind of ["hello", "handshake", "broadcast", "peers"]) assert.include(names, kind)
    assert.notInclude(names, "unknown")
    assert.deepStrictEqual(nodes, ["n0", "n1", "n2", "n3", "n4", "n5", "x0"])
    assert.isAtLeast(lives.node.length, 7)
    assert.isAbove(states.at.length, 20)
    assert.isTrue(messages.took.every((took) => took >= 0))
  })
})
