// Typed protocols between nodes of a simulation: broadcast, send, ask.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import { addressOf, simulate, startNode, until } from "../suites/Network.ts"
import { dialNode } from "../suites/RawPeer.ts"
import { peerCount, SLOW_MILLIS, type Speaker, startSpeaker } from "../suites/Speakers.ts"
import { Doubled, Patience, Said, Slow, Test } from "../suites/TestProtocol.ts"

const said = ({ heard }: Speaker) => heard.map(([{ text }, { flag }]) => `${flag} ${text}`)

/** a - b, both speakers. */
const pair = Effect.gen(function* () {
  const a = yield* startSpeaker("a")
  const b = yield* startSpeaker("b", { join: ["a"] })
  yield* until("a pair", () => peerCount(a) === 1 && peerCount(b) === 1)
  return { a, b }
})

describe("a broadcast", () => {
  it("reaches every speaker, with its sender, by way of nodes that don't speak", () => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        yield* startNode("mute", { join: ["a"] })
        const b = yield* startSpeaker("b", { join: ["mute"] })
        const c = yield* startSpeaker("c", { join: ["b"] })
        yield* until("a line", () => peerCount(b) === 2 && peerCount(c) === 1)
        const raw = Uint8Array.of(0, 255)
        const { id } = yield* a.test.broadcast(new Said({ text: "hello", raw }))
        yield* until("heard", () => c.heard.length === 1)
        const [[message, sender] = [undefined, undefined]] = c.heard
        return { id, a: a.test.id, b: said(b), c: said(c), none: said(a), message, sender }
      })
    )
    expect([result.b, result.c, result.none]).toEqual([
      ["broadcast hello"],
      ["broadcast hello"],
      []
    ])
    expect(result.message).toBeInstanceOf(Said)
    expect(result.message?.raw).toEqual(Uint8Array.of(0, 255))
    expect(result.sender?.id).toBe(result.a)
    expect(result.sender?.message.id).toBe(result.id)
  })

  it("is taken in order by handlers that take turns", () => {
    const texts = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        for (let i = 0; i < 100; i++) yield* a.test.broadcast(new Said({ text: `${i}` }))
        yield* until("heard", () => b.heard.length === 100)
        return b.heard.map(([{ text }]) => Number(text))
      })
    )
    expect(texts).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })
})

describe("a message to one node", () => {
  it("reaches it, and nobody else, near and far", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        const c = yield* startSpeaker("c", { join: ["b"] })
        yield* until("a line", () => peerCount(b) === 2)
        yield* a.test.send(b.test.id, new Said({ text: "near" }))
        yield* a.test.send(c.test.id, new Said({ text: "far" }))
        yield* until("heard", () => c.heard.length === 1)
        return [said(a), said(b), said(c)]
      })
    )
    expect(result).toEqual([[], ["whisper near"], ["whisper far"]])
  })

  it("fails where nobody knows the node, and where it is the sender itself", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        const gone = yield* Effect.scoped(
          Effect.map(startSpeaker("gone", { join: ["b"] }), ({ test }) => test.id)
        )
        yield* until("gone", () => peerCount(b) === 1)
        return [
          yield* Effect.flip(a.test.send(gone, new Said({ text: "?" }))),
          yield* Effect.flip(a.test.send(a.test.id, new Said({ text: "?" })))
        ]
      })
    )
    expect(result).toMatchObject([
      { _tag: "UnreachableError", reason: "Unknown" },
      { _tag: "UnreachableError", reason: "NotConnected" }
    ])
  })
})

describe("an ask", () => {
  it("is answered, near and far, or fails with the protocol's own error", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        const c = yield* startSpeaker("c", { join: ["b"] })
        yield* until("a line", () => peerCount(b) === 2)
        return [
          yield* a.test.ask(b.test.id, new Doubled({ number: 2n ** 60n })),
          yield* a.test.ask(c.test.id, new Doubled({ number: 21n })),
          yield* Effect.flip(a.test.ask(b.test.id, new Doubled({ number: -1n })))
        ]
      })
    )
    expect(result).toMatchObject([2n ** 61n, 42n, { _tag: "Negative", number: -1n }])
  })

  it("many at once each get their own answer", () => {
    const answers = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        const asks = Array.from({ length: 500 }, (_, i) =>
          a.test.ask(b.test.id, new Doubled({ number: BigInt(i) }))
        )
        return yield* Effect.all(asks, { concurrency: "unbounded" })
      })
    )
    expect(answers).toEqual(Array.from({ length: 500 }, (_, i) => BigInt(2 * i)))
  })

  it.each([4, 10, 11, 16, 33, 38])(
    "is answered while both ends dial each other, and one connection gives way (seed %i)",
    (seed) => {
      const result = simulate(
        Effect.gen(function* () {
          const { a, b } = yield* pair
          const c = yield* startSpeaker("c", { join: ["b"] })
          yield* until("a line", () => peerCount(b) === 2 && peerCount(c) === 1)
          const asks = Array.from({ length: 60 }, (_, i) => {
            const [from, to] = i % 2 === 0 ? [a, c] : [c, a]
            const ask = from.test.ask(to.test.id, new Doubled({ number: BigInt(i) }))
            return Effect.delay(ask, i < 2 ? 0 : 5 * i)
          })
          const answers = yield* Effect.all(asks, { concurrency: "unbounded" })
          yield* Effect.sleep(2_000)
          return { answers, peers: [peerCount(a), peerCount(c)] }
        }),
        { seed }
      )
      expect(result).toEqual({
        answers: Array.from({ length: 60 }, (_, i) => BigInt(2 * i)),
        peers: [2, 2]
      })
    }
  )

  it("is given up at its time limit, at both ends", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        const ask = a.test.ask(b.test.id, new Patience({ millis: 60_000 }), { timeout: "1 second" })
        const error = yield* Effect.flip(ask)
        yield* until("called off", () => b.patience.interrupted === 1)
        return error
      })
    )
    expect(result).toMatchObject({ _tag: "AskError", reason: "Timeout", request: "Patience" })
  })

  it("is given up at the other end when it is interrupted", () => {
    const patience = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        const asking = yield* Effect.forkChild(
          a.test.ask(b.test.id, new Patience({ millis: 60_000 }))
        )
        yield* Effect.sleep(1_000)
        yield* Fiber.interrupt(asking)
        yield* Effect.sleep(1_000)
        return { ...b.patience }
      })
    )
    expect(patience).toEqual({ interrupted: 1, answered: 0 })
  })

  it("that is interrupted before its turn is never begun at the other end", () => {
    const patience = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const b = yield* startSpeaker("b", { join: ["a"], concurrency: 1 })
        yield* until("a pair", () => peerCount(a) === 1)
        const ask = a.test.ask(b.test.id, new Patience({ millis: 5_000 }))
        const first = yield* Effect.forkChild(ask)
        yield* Effect.sleep(500)
        const second = yield* Effect.forkChild(ask)
        yield* Effect.sleep(500)
        yield* Fiber.interrupt(second)
        yield* Fiber.join(first)
        yield* Effect.sleep(10_000)
        return { ...b.patience }
      })
    )
    expect(patience).toEqual({ interrupted: 0, answered: 1 })
  })

  it("is given up at the other end when the asker is gone", () => {
    const patience = simulate(
      Effect.gen(function* () {
        const b = yield* startSpeaker("b")
        yield* Effect.scoped(
          Effect.gen(function* () {
            const a = yield* startSpeaker("a", { join: ["b"] })
            yield* until("a pair", () => peerCount(a) === 1)
            yield* Effect.forkChild(a.test.ask(b.test.id, new Patience({ millis: 60_000 })))
            yield* Effect.sleep(1_000)
          })
        )
        yield* Effect.sleep(1_000)
        return { ...b.patience }
      })
    )
    expect(patience).toEqual({ interrupted: 1, answered: 0 })
  })

  it("fails when the connection by which its answer would come is lost", () => {
    const error = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const asking = yield* Effect.scoped(
          Effect.gen(function* () {
            const mute = yield* dialNode("mute", "a")
            yield* mute.say({
              _tag: "Hello",
              software: "test",
              version: 1,
              minVersion: 1,
              abilities: ["protocols"]
            })
            yield* until("hello", () => mute.hearsOf("Hello").length === 1)
            yield* mute.handshake()
            yield* mute.say({
              _tag: "Announcement",
              protocols: [{ name: "test", version: 2, minVersion: 1 }]
            })
            yield* until("a peer", () => peerCount(a) === 1)
            const asking = yield* Effect.forkDetach(
              Effect.flip(a.test.ask(mute.id, new Patience({ millis: 20_000 })))
            )
            yield* Effect.sleep(1_000)
            return asking
          })
        )
        return yield* Fiber.join(asking)
      })
    )
    expect(error).toMatchObject({ _tag: "UnreachableError", reason: "NotConnected" })
  })

  it("fails when the protocol ends at the other end, be it begun or not", () => {
    const outcomes = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const scope = yield* Scope.make()
        const b = yield* Scope.provide(startSpeaker("b", { join: ["a"], concurrency: 1 }), scope)
        yield* until("a pair", () => peerCount(a) === 1)
        const ask = Effect.flip(a.test.ask(b.test.id, new Patience({ millis: 20_000 })))
        const asking = yield* Effect.forkChild(Effect.all([ask, ask], { concurrency: 2 }))
        yield* Effect.sleep(1_000)
        yield* Scope.close(scope, Exit.void)
        return { errors: yield* Fiber.join(asking), patience: { ...b.patience } }
      })
    )
    const unknown = { _tag: "AskError", reason: "Unknown" }
    expect(outcomes).toMatchObject({
      errors: [unknown, unknown],
      patience: { interrupted: 1, answered: 0 }
    })
  })

  it("fails when the protocol ends at the asker's end, and is given up at the other one", () => {
    const result = simulate(
      Effect.gen(function* () {
        const b = yield* startSpeaker("b")
        const { elapsedMillis, node } = yield* Simulation
        const context = yield* node(
          "a",
          MeshNode.layer({ subnets: ["mesh"], join: [addressOf("b")], maxOutgoing: 0 })
        )
        const scope = yield* Scope.make()
        const made = Test.make({
          Said: () => Effect.void,
          Slow: () => Effect.void,
          Doubled: () => Effect.never,
          Patience: () => Effect.never
        })
        const test = yield* Scope.provide(Effect.provideContext(made, context), scope)
        yield* until("a pair", () => Effect.runSync(test.peers).length === 1)
        const ask = Effect.flip(test.ask(b.test.id, new Patience({ millis: 20_000 })))
        const asking = yield* Effect.forkChild(ask)
        yield* Effect.sleep(1_000)
        const before = elapsedMillis()
        yield* Scope.close(scope, Exit.void)
        const errors = [yield* Fiber.join(asking), yield* ask]
        const millis = elapsedMillis() - before
        yield* until("given up", () => b.patience.interrupted === 1)
        return { errors, millis }
      })
    )
    const withdrawn = { _tag: "AskError", reason: "Withdrawn" }
    expect(result).toMatchObject({ errors: [withdrawn, withdrawn], millis: 0 })
  })

  it("whose handler dies says so, and the next one is answered", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        const error = yield* Effect.flip(a.test.ask(b.test.id, new Doubled({ number: 666n })))
        const answer = yield* a.test.ask(b.test.id, new Doubled({ number: 1n }))
        return { error, answer, problems: b.problems, counters: yield* b.test.counters }
      })
    )
    expect(result).toMatchObject({
      error: { _tag: "AskError", reason: "Died" },
      answer: 2n,
      problems: [{ _tag: "HandlerFailed", message: "Doubled", failure: "Error: told to die" }],
      counters: { received: 2, handled: 1, failed: 1 }
    })
  })
})

describe("handlers", () => {
  it("that fail or die cost nobody else anything", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { a, b } = yield* pair
        for (const text of ["one", "die", "two", "fail", "three"]) {
          yield* a.test.broadcast(new Said({ text }))
        }
        yield* until("heard", () => b.heard.length === 3 && b.problems.length === 2)
        return { said: said(b), problems: b.problems, peers: peerCount(a) }
      })
    )
    expect(result.said).toEqual(["broadcast one", "broadcast two", "broadcast three"])
    expect(result.problems).toMatchObject([
      { _tag: "HandlerFailed", failure: "Error: told to die" },
      { _tag: "HandlerFailed" }
    ])
    expect(result.peers).toBe(1)
  })

  it("run at most so many at once, all of them in the end, and hold up no other kind", () => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const b = yield* startSpeaker("b", { join: ["a"], concurrency: 3 })
        yield* until("a pair", () => peerCount(a) === 1)
        for (let number = 0; number < 30; number++) yield* a.test.broadcast(new Slow({ number }))
        yield* a.test.broadcast(new Said({ text: "meanwhile" }))
        yield* until("heard", () => b.heard.length === 1)
        const doneThen = b.slow.done
        yield* Effect.sleep(10 * SLOW_MILLIS + 1_000)
        return { doneThen, slow: b.slow }
      })
    )
    expect(result.doneThen).toBeLessThan(30)
    expect(result.slow).toEqual({ now: 0, most: 3, done: 30 })
  })

  it("that are too slow for what comes lose the rest, counted", () => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const b = yield* startSpeaker("b", {
          join: ["a"],
          concurrency: 1,
          onSaid: () => Effect.never
        })
        yield* until("a pair", () => peerCount(a) === 1)
        const raw = new Uint8Array(1_000_000)
        for (let i = 0; i < 12; i++) yield* a.test.send(b.test.id, new Said({ text: `${i}`, raw }))
        yield* until("received", () => Effect.runSync(b.test.counters).received === 12)
        return { counters: yield* b.test.counters, problems: b.problems }
      })
    )
    // Eight of them fit, and one more that was taken meanwhile.
    expect([3, 4]).toContain(result.counters.dropped)
    expect(result.problems).toHaveLength(result.counters.dropped)
    expect(result.problems[0]).toMatchObject({ _tag: "Dropped", message: "Said" })
  })

  it("that are too slow have nothing more looked into that would wait", () => {
    const result = simulate(
      Effect.gen(function* () {
        const b = yield* startSpeaker("b", { concurrency: 1, onSaid: () => Effect.never })
        const raw = yield* dialNode("raw", "b")
        yield* raw.hello()
        yield* until("hello", () => raw.hearsOf("Hello").length === 1)
        yield* raw.handshake()
        yield* until("a peer", () => peerCount(b) === 1)
        const bytes = new Uint8Array(1_000_000)
        const say = Effect.fnUntraced(function* (text: string | number, of: number) {
          const body = { text, raw: bytes }
          const packed = yield* Effect.fromResult(MessagePack.encode([0x30, "test", 1, 1, body]))
          yield* raw.sayPacked(2, packed)
          yield* until("received", () => Effect.runSync(b.test.counters).received === of)
        })
        for (let i = 1; i <= 12; i++) yield* say("sound", i)
        const { dropped } = yield* b.test.counters
        yield* say(7, 13)
        const { dropped: droppedThen, malformed } = yield* b.test.counters
        return { dropped: droppedThen - dropped, malformed }
      })
    )
    expect(result).toEqual({ dropped: 1, malformed: 0 })
  })

  it("that are too slow for what they are asked say that they are busy", () => {
    const outcomes = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const b = yield* startSpeaker("b", { join: ["a"], concurrency: 1 })
        yield* until("a pair", () => peerCount(a) === 1)
        const raw = new Uint8Array(1_000_000)
        const asks = Array.from({ length: 12 }, () =>
          a.test.ask(b.test.id, new Patience({ millis: 100, raw }))
        )
        const results = yield* Effect.all(asks.map(Effect.result), { concurrency: "unbounded" })
        return results.map((result) =>
          Result.isSuccess(result)
            ? result.success
            : result.failure._tag === "AskError" && result.failure.reason
        )
      })
    )
    expect(new Set(outcomes)).toEqual(new Set(["at last", "Busy"]))
    expect(outcomes.filter((outcome) => outcome === "Busy").length).toBeLessThan(6)
  })

  it("that wait don't start while their layer ends", () => {
    const started = simulate(
      Effect.gen(function* () {
        const started: Array<string> = []
        const a = yield* startSpeaker("a")
        yield* Effect.scoped(
          Effect.gen(function* () {
            const b = yield* startSpeaker("b", {
              join: ["a"],
              concurrency: 1,
              onSaid: ({ text }) =>
                Effect.andThen(
                  Effect.sync(() => started.push(text)),
                  Effect.never
                )
            })
            yield* until("a pair", () => peerCount(a) === 1)
            for (const text of ["1", "2", "3"]) yield* a.test.broadcast(new Said({ text }))
            yield* until("received", () => Effect.runSync(b.test.counters).received === 3)
          })
        )
        yield* Effect.sleep(1_000)
        return started
      })
    )
    expect(started).toEqual(["1"])
  })

  it("end with their layer", () => {
    const outcome = simulate(
      Effect.gen(function* () {
        const exits: Array<string> = []
        yield* Effect.scoped(
          Effect.gen(function* () {
            const a = yield* startSpeaker("a")
            yield* startSpeaker("b", {
              join: ["a"],
              onSaid: () =>
                Effect.onExit(Effect.never, (exit) =>
                  Effect.sync(() => exits.push(Exit.isFailure(exit) ? "interrupted" : "done"))
                )
            })
            yield* until("a pair", () => peerCount(a) === 1)
            yield* a.test.broadcast(new Said({ text: "hold on" }))
            yield* Effect.sleep(1_000)
          })
        )
        return exits
      })
    )
    expect(outcome).toEqual(["interrupted"])
  })
})
