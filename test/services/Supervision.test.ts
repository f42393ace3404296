// Each named service of a node, killed by a defect under traffic: it restarts with the state of its
// replay, and the neighbours notice nothing.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { simulate, startNode, tags, type TestNode, until } from "../suites/Network.ts"

const BROADCASTS = 60

/** a - b - c: all that a and c say to each other goes through b. */
const line = Effect.gen(function* () {
  const a = yield* startNode("a")
  const b = yield* startNode("b", { join: ["a"] })
  // The first connection of b is the one with a.
  yield* until("a pair", () => b.events.length === 1)
  const c = yield* startNode("c", { join: ["b"] })
  yield* until("a line", () => b.events.length === 2 && c.events.length === 1)
  return { a, b, c }
})

/** Both ends talk, a little at a time. */
const traffic = (a: TestNode, c: TestNode) =>
  Effect.gen(function* () {
    for (let i = 0; i < BROADCASTS; i++) {
      yield* a.mesh.broadcast(["a", i])
      yield* c.mesh.broadcast(["c", i])
      yield* Effect.sleep(5)
    }
  })

const said = (node: TestNode, by: string) =>
  node.received.filter(({ payload }) => payload[0] === by).map(({ payload }) => payload[1])

const numbers = Array.from({ length: BROADCASTS }, (_, i) => i)

const killUnderTraffic = (actor: string) =>
  Effect.gen(function* () {
    const { a, b, c } = yield* line
    const talk = yield* Effect.forkChild(traffic(a, c))
    yield* Effect.sleep(100)
    const before = { book: b.peers.book(), seen: b.cache.seen.entries() }
    const found = (yield* b.supervisor.actors).get(actor)
    expect(yield* b.supervisor.kill(actor, new Error("a defect, for the test"))).toBe(true)
    yield* until("restart", () => found?.restarts() === 1 && found.isRunning())
    const after = { book: b.peers.book(), seen: b.cache.seen.entries() }
    yield* Fiber.join(talk)
    yield* until("delivery", () => said(c, "a").length >= BROADCASTS)
    yield* until("delivery", () => said(a, "c").length >= BROADCASTS)
    yield* Effect.sleep(1000)
    return { a, c, tags: [a, b, c].map(tags), before, after }
  })

const services = [
  "RelayCache",
  "PeerBook",
  "Peers",
  "Listener/memory://b:4000",
  "PeerConnection/1/reader",
  "PeerConnection/1/writer",
  "PeerConnection/2/reader",
  "PeerConnection/2/writer"
]

describe("a service killed by a defect under traffic", () => {
  it("is one of those that a node names", () => {
    const names = simulate(
      Effect.gen(function* () {
        const { b } = yield* line
        return [...(yield* b.supervisor.actors).keys()]
      })
    )
    expect(names.toSorted()).toEqual(services.toSorted())
  })

  it.each(services)("%s", (actor) => {
    const { a, after, before, c, tags } = simulate(killUnderTraffic(actor))
    // Exactly once, all of it, at both ends.
    expect(said(c, "a")).toEqual(numbers)
    expect(said(a, "c")).toEqual(numbers)
    // Nobody lost a connection.
    expect(tags.flat()).toEqual(Array(4).fill("PeerConnected"))
    // What was known before is known after, from the journal and the log.
    expect(after.book).toEqual(before.book)
    for (const [second, ids] of before.seen) {
      const kept = new Map(after.seen).get(second)
      expect(kept).toEqual(expect.arrayContaining([...ids]))
    }
  })
})

describe("a service that keeps dying", () => {
  const killOften = (node: TestNode, actor: string) =>
    Effect.gen(function* () {
      const found = (yield* node.supervisor.actors).get(actor)
      for (let i = 0; i <= 5; i++) {
        yield* found?.awaitRunning ?? Effect.void
        found?.crash(new Error(`defect ${i}`))
        yield* Effect.yieldNow
      }
    })

  it("ends the node with a typed reason", () => {
    const error = simulate(
      Effect.gen(function* () {
        const node = yield* startNode("a")
        yield* killOften(node, "RelayCache")
        return yield* Effect.flip(node.mesh.failure)
      })
    )
    expect(error._tag).toBe("EscalationError")
    expect(error.message).toBe(
      "RelayCache was given up after 5 restarts within 10000 ms; last: Error: defect 5"
    )
  })

  it("costs a connection no more than itself", () => {
    const { a, c, gone } = simulate(
      Effect.gen(function* () {
        const { a, b, c } = yield* line
        yield* killOften(b, "PeerConnection/1/reader")
        yield* until("b is back", () => b.events.length === 4 && a.events.length === 3)
        return { a: tags(a), gone: b.events[2], c: tags(c) }
      })
    )
    expect(gone?._tag === "PeerDisconnected" && gone.error.reason).toBe("Escalated")
    expect(a).toEqual(["PeerConnected", "PeerDisconnected", "PeerConnected"])
    expect(c).toEqual(["PeerConnected"])
  })
})
