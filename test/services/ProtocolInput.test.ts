// What a protocol's messages can be that they should not: each is counted and told, and costs no
// connection.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Bytes from "../../src/domain/Bytes.ts"
import { MALFORMED_MAX } from "../../src/domain/Limits.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import * as WireMessage from "../../src/domain/messages/WireMessage.ts"
import { Extension, type Value } from "../../src/domain/Value.ts"
import { simulate, until } from "../suites/Network.ts"
import { dialNode } from "../suites/RawPeer.ts"
import { peerCount, startSpeaker } from "../suites/Speakers.ts"

const BROADCAST = 0
const WHISPER = 2

/** A raw peer of ours says a payload; what the speaker makes of it. */
const hears = (main: number, payload: ReadonlyArray<Value>) =>
  simulate(
    Effect.gen(function* () {
      const a = yield* startSpeaker("a")
      const raw = yield* dialNode("raw", "a")
      yield* raw.hello()
      yield* until("hello", () => raw.hearsOf("Hello").length === 1)
      yield* raw.handshake()
      yield* until("open", () => peerCount(a) === 1)
      const packed = Result.getOrThrow(MessagePack.encode(payload))
      yield* raw.sayPacked(main, packed)
      yield* until("received", () => Effect.runSync(a.test.counters).received === 1)
      yield* Effect.sleep(1_000)
      return {
        problems: a.problems,
        counters: yield* a.test.counters,
        peers: peerCount(a),
        heard: a.heard.length,
        answers: raw.hearsOf("Answer")
      }
    })
  )

const text = { text: "hi" }

describe("a message", () => {
  it("that is sound is heard", () => {
    const result = hears(WHISPER, [0x30, "test", 1, 1, text])
    expect(result).toMatchObject({ heard: 1, problems: [], counters: { handled: 1, malformed: 0 } })
  })

  it.each<readonly [string, ReadonlyArray<Value>, string]>([
    ["nothing behind its flag", [0x30], "Missing"],
    ["a name that is no text", [0x30, 1, 1, 1, text], "string"],
    ["a name beyond its length", [0x30, "x".repeat(65), 1, 1, text], "64"],
    ["a negative version", [0x30, "test", -1, 1, text], "at [2]"],
    ["half a version", [0x30, "test", 1.5, 1, text], "at [2]"],
    ["a body that is a list", [0x30, "test", 1, 1, [1]], "at [4]"],
    ["a body that is nil", [0x30, "test", 1, 1, null], "at [4]"],
    [
      "a body that is an extension",
      [0x30, "test", 1, 1, new Extension(1, new Uint8Array(1))],
      "[4]"
    ],
    ["a field missing", [0x30, "test", 1, 1, {}], 'at ["text"]'],
    ["a field of another type", [0x30, "test", 1, 1, { text: 7 }], "Expected string"],
    ["more elements than there are", [0x30, "test", 1, 1, text, 1, 2], "at [6]"],
    ["a request number, and is no request", [0x30, "test", 1, 1, text, 1], "no request"],
    ["no request number, and is one", [0x32, "test", 1, 1, { number: 1 }], "without a number"],
    ["a request number beyond 32 bits", [0x32, "test", 1, 1, { number: 1 }, 2 ** 32], "[5]"]
  ])("with %s is malformed: the schema says how", (_what, payload, part) => {
    const result = hears(WHISPER, payload)
    expect(result).toMatchObject({
      problems: [{ _tag: "Malformed", protocol: "test", sender: "rawId" }],
      counters: { received: 1, malformed: 1, handled: 0 },
      peers: 1,
      heard: 0
    })
    const [problem] = result.problems
    expect(problem?._tag === "Malformed" && problem.issue).toContain(part)
  })

  it("that is malformed is no more than counted when it is broadcast", () => {
    const result = hears(BROADCAST, [0x30, "test", 1, 1, {}])
    expect(result).toMatchObject({ counters: { malformed: 1 }, peers: 1 })
  })

  it("of another protocol with the same flag is refused", () => {
    const result = hears(BROADCAST, [0x30, "weather", 1, 1, text])
    expect(result).toMatchObject({
      problems: [{ _tag: "Refused", reason: "Unknown", detail: "it does not speak test" }],
      counters: { refused: 1 },
      heard: 0
    })
  })

  it("in another's name is forged", () => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const raw = yield* dialNode("raw", "a")
        yield* raw.hello()
        yield* until("hello", () => raw.hearsOf("Hello").length === 1)
        yield* raw.handshake()
        yield* until("open", () => peerCount(a) === 1)
        const payload = Result.getOrThrow(MessagePack.encode([0x30, "test", 1, 1, text]))
        yield* raw.sayAs("anotherId", WHISPER, payload)
        yield* until("received", () => Effect.runSync(a.test.counters).received === 1)
        return { problems: a.problems, heard: a.heard.length }
      })
    )
    expect(result).toMatchObject({
      problems: [{ _tag: "Forged", sender: "anotherId", peer: "rawId" }],
      heard: 0
    })
  })
})

describe("a request", () => {
  it("is answered with its number", () => {
    const { answers } = hears(WHISPER, [0x32, "test", 1, 1, { number: 4 }, 77])
    expect(answers).toEqual([{ _tag: "Answer", number: 77, outcome: 0, value: 8 }])
  })

  it.each<readonly [string, ReadonlyArray<Value>, string]>([
    ["is malformed", [0x32, "test", 1, 1, { number: "x" }, 77], "Malformed"],
    ["is of a version that is too old", [0x32, "test", 0, 0, { number: 1 }, 77], "TooNew"],
    ["is of a version that is too new", [0x32, "test", 9, 9, { number: 1 }, 77], "TooOld"],
    ["is of another protocol", [0x32, "sums", 1, 1, { number: 1 }, 77], "Unknown"]
  ])("that %s is refused with its reason", (_what, payload, reason) => {
    const { answers, peers } = hears(WHISPER, payload)
    expect(answers).toMatchObject([{ number: 77, outcome: 2 }])
    expect(answers[0]?.value).toMatchObject([reason, expect.any(String)])
    expect(peers).toBe(1)
  })

  it("that is broadcast is malformed: it would be answered by all", () => {
    const result = hears(BROADCAST, [0x32, "test", 1, 1, { number: 1 }, 77])
    expect(result).toMatchObject({ counters: { malformed: 1 }, answers: [] })
  })
})

describe("an answer that nobody waits for", () => {
  it("is not looked into", () => {
    // As large as a frame may be, and malformed for who decodes it.
    const unreadable = Uint8Array.of(0x81, 0xa9, ...Bytes.fromText("__proto__"), 0x01)
    const answer = Bytes.concat([Uint8Array.of(0x94, 0xcc, 0xf5, 77, 0), unreadable])
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const raw = yield* dialNode("raw", "a")
        yield* raw.hello()
        yield* until("hello", () => raw.hearsOf("Hello").length === 1)
        yield* raw.handshake()
        yield* until("open", () => peerCount(a) === 1)
        for (let i = 0; i < 2 * MALFORMED_MAX; i++) yield* raw.sayPacked(WHISPER, answer)
        yield* Effect.sleep(1_000)
        return peerCount(a)
      })
    )
    expect(result).toBe(1)
  })
})

describe("a request that is called off", () => {
  it.each([
    ["by another peer in the asker's name is answered all the same", "two", 1],
    ["by its asker is not answered", "one", 0]
  ])("%s", (_what, teller, answered) => {
    const patience = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const met = Effect.fnUntraced(function* (host: string) {
          const raw = yield* dialNode(host, "a")
          yield* raw.hello()
          yield* until("hello", () => raw.hearsOf("Hello").length === 1)
          yield* raw.handshake()
          return raw
        })
        const one = yield* met("one")
        const two = yield* met("two")
        yield* until("open", () => peerCount(a) === 2)
        const ask = MessagePack.encode([0x33, "test", 1, 1, { millis: 5_000 }, 77])
        yield* one.sayPacked(WHISPER, Result.getOrThrow(ask))
        yield* until("received", () => Effect.runSync(a.test.counters).received === 1)
        const cancel = Result.flatMap(
          WireMessage.encode({ _tag: "Cancel", number: 77 }, "str"),
          MessagePack.encode
        )
        const by = teller === "one" ? one : two
        yield* by.sayAs(one.id, WHISPER, Result.getOrThrow(cancel))
        yield* Effect.sleep(10_000)
        return { ...a.patience }
      })
    )
    expect(patience).toEqual({ interrupted: 1 - answered, answered })
  })
})
