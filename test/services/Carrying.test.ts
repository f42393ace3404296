// Whispers to nodes that can't be dialled: across bridges, and to those that listen nowhere.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Bytes from "../../src/domain/Bytes.ts"
import { Control } from "../../src/domain/Flags.ts"
import { NodeId, type SubnetId, subnetId } from "../../src/domain/Ids.ts"
import {
  CARRIED_MEMORY_MILLIS,
  CARRIES_MAX,
  CARRIES_PER_PEER_MAX,
  MALFORMED_MAX
} from "../../src/domain/Limits.ts"
import type { Carry } from "../../src/domain/messages/CarryMessages.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import { isList, type Value } from "../../src/domain/Value.ts"
import { hasher } from "../../src/layers/PureHashing.ts"
import { peerHosts, simulate, startNode, type TestNode, until } from "../suites/Network.ts"
import { dialNode, type RawPeer } from "../suites/RawPeer.ts"
import { peerCount, type Speaker, startSpeaker } from "../suites/Speakers.ts"
import { Doubled, Patience, Said } from "../suites/TestProtocol.ts"

const packed = (payload: ReadonlyArray<Value>) => Result.getOrThrow(MessagePack.encode(payload))

/** The number of a request that is to be carried. */
const numberOf = ({ payload }: Carry): number => {
  const asked = Result.getOrThrow(MessagePack.decode(payload))
  return isList(asked) ? Number(asked[5]) : Number.NaN
}

const RIGHT = subnetId(hasher, "right", "Plaintext")

const areLinked =
  (bridge: TestNode, ...ends: ReadonlyArray<TestNode>) =>
  () =>
    [bridge, ...ends].every((node) => peerHosts(node).length === (node === bridge ? 2 : 1))

/** left - bridge - right: the two ends are in subnets of their own. */
const bridged = Effect.gen(function* () {
  const bridge = yield* startNode("bridge", { subnets: ["left", "right"] })
  const left = yield* startNode("left", { subnets: ["left"], join: ["bridge"] })
  const right = yield* startNode("right", { subnets: ["right"], join: ["bridge"] })
  yield* until("a bridge", areLinked(bridge, left, right))
  return { left, bridge, right }
})

/** One says something to all, and another answers it. */
const answer = Effect.fnUntraced(function* (from: TestNode, to: TestNode, text: string) {
  yield* from.mesh.broadcast([text])
  yield* until("heard", () => to.received.some(({ payload }) => payload[0] === text))
  const message = to.received.findLast(({ payload }) => payload[0] === text)
  if (message === undefined) return yield* Effect.die(new Error("not heard"))
  yield* to.mesh.reply(message, ["re", text])
})

const whispers = ({ received }: { readonly received: TestNode["received"] }) =>
  received.filter(({ flag }) => flag === "whisper").map(({ payload }) => payload)

describe("a reply", () => {
  it("crosses a bridge, and comes from who has said it", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { bridge, left, right } = yield* bridged
        yield* answer(left, right, "hello")
        yield* until("a reply", () => whispers(left).length === 1)
        const [reply] = left.received
        return {
          payload: reply?.payload,
          isFromRight: reply?.sender === right.mesh.id,
          peers: [left, bridge, right].map(peerHosts),
          atBridge: whispers(bridge)
        }
      })
    )
    expect(result).toEqual({
      payload: ["re", "hello"],
      isFromRight: true,
      peers: [["bridge"], ["left", "right"], ["bridge"]],
      atBridge: []
    })
  })

  it("is carried at once where one was carried before", () => {
    const millis = simulate(
      Effect.gen(function* () {
        const { left, right } = yield* bridged
        yield* answer(left, right, "first")
        const before = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        yield* answer(left, right, "second")
        const after = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        yield* until("replies", () => whispers(left).length === 2)
        return after - before
      })
    )
    // A few hops of at most 20 ms, and no dial.
    expect(millis).toBeLessThan(200)
  })

  it("crosses many bridges", () => {
    const result = simulate(
      Effect.gen(function* () {
        const last = 8
        for (let i = 0; i < last; i++) {
          yield* startNode(`b${i}`, {
            subnets: [`s${i}`, `s${i + 1}`],
            join: i === 0 ? [] : [`b${i - 1}`]
          })
        }
        const left = yield* startNode("left", { subnets: ["s0"], join: ["b0"] })
        const right = yield* startNode("right", {
          subnets: [`s${last}`],
          join: [`b${last - 1}`]
        })
        yield* until("joined", () => peerHosts(left).length === 1 && peerHosts(right).length === 1)
        yield* Effect.sleep(2_000)
        yield* answer(left, right, "far")
        yield* until("a reply", () => whispers(left).length === 1)
        return whispers(left)
      })
    )
    expect(result).toEqual([["re", "far"]])
  })

  it("reaches a node that listens nowhere", () => {
    const result = simulate(
      Effect.gen(function* () {
        const middle = yield* startNode("middle")
        const hidden = yield* startNode("hidden", { listen: [], join: ["middle"] })
        const other = yield* startNode("other", { join: ["middle"] })
        yield* until("a star", areLinked(middle, hidden, other))
        yield* answer(hidden, other, "hello")
        yield* until("a reply", () => whispers(hidden).length === 1)
        return whispers(hidden)
      })
    )
    expect(result).toEqual([["re", "hello"]])
  })

  it("reaches an old peer across a bridge, in its dialect and the answerer's name", () => {
    const result = simulate(
      Effect.gen(function* () {
        const bridge = yield* startNode("bridge", { subnets: ["left", "right"] })
        const left = yield* startNode("left", { subnets: ["left"], join: ["bridge"] })
        const old = yield* dialNode("old", "bridge", { dialect: "bin" })
        yield* old.handshake(RIGHT)
        yield* until("a bridge", areLinked(bridge, left))
        yield* old.say({ _tag: "UserBroadcast", payload: ["from old"] })
        yield* until("heard", () => left.received.length === 1)
        const [message] = left.received
        if (message !== undefined) yield* left.mesh.reply(message, ["to old"])
        yield* until("a whisper", () => old.hearsOf("UserWhisper").length === 1)
        return old.hearsOf("UserWhisper")
      })
    )
    expect(result).toEqual([{ _tag: "UserWhisper", payload: ["to old"] }])
  })

  it("fails where an old peer is in between: it carries nothing", () => {
    const error = simulate(
      Effect.gen(function* () {
        const node = yield* startNode("node")
        const old = yield* dialNode("old", "node")
        yield* old.handshake()
        yield* until("open", () => peerHosts(node).length === 1)
        const stranger = yield* dialNode("stranger", "node")
        const sender = stranger.id
        return yield* Effect.flip(node.mesh.reply({ sender }, ["?"]))
      })
    )
    expect(error).toMatchObject({ _tag: "UnreachableError", reason: "Unknown" })
    expect(error.message).toContain("nor can it be carried: no peer of our kind leads to it")
  })

  it("fails when those in between are gone", () => {
    const error = simulate(
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const bridge = yield* Scope.provide(
          startNode("bridge", { subnets: ["left", "right"] }),
          scope
        )
        const left = yield* startNode("left", { subnets: ["left"], join: ["bridge"] })
        const right = yield* startNode("right", { subnets: ["right"], join: ["bridge"] })
        yield* until("a bridge", areLinked(bridge, left, right))
        yield* answer(left, right, "hello")
        yield* Scope.close(scope, Exit.void)
        yield* until("gone", () => peerHosts(right).length === 0)
        return yield* Effect.flip(right.mesh.reply({ sender: left.mesh.id }, ["?"]))
      })
    )
    expect(error._tag).toBe("UnreachableError")
  })

  it("that is too large to be carried is refused to its sender", () => {
    const error = simulate(
      Effect.gen(function* () {
        const { left, right } = yield* bridged
        yield* answer(left, right, "hello")
        return yield* Effect.flip(
          right.mesh.reply({ sender: left.mesh.id }, [new Uint8Array(70_000)])
        )
      })
    )
    expect(error).toMatchObject({ _tag: "SendError", reason: "TooLarge" })
  })
})

/** A peer of ours by hand, who can carry. */
const dialCarrier = Effect.fnUntraced(function* (name: string, node: string, subnet?: SubnetId) {
  const carrier = yield* dialNode(name, node)
  yield* carrier.say({
    _tag: "Hello",
    software: "test",
    version: 1,
    minVersion: 1,
    abilities: ["carry", "protocols"]
  })
  yield* until("hello", () => carrier.hearsOf("Hello").length === 1)
  yield* carrier.handshake(subnet)
  return carrier
})

describe("a peer that has much carried", () => {
  it("leaves room for others", () => {
    const result = simulate(
      Effect.gen(function* () {
        const node = yield* startNode("node")
        // It passes nothing on, and says no word of any arrival.
        const sink = yield* dialCarrier("sink", "node")
        const greedy = yield* dialCarrier("greedy", "node")
        const modest = yield* dialCarrier("modest", "node")
        yield* until("open", () => peerHosts(node).length === 3)
        const carry = (peer: RawPeer, carryId: string) =>
          peer.say({
            _tag: "Carry",
            carryId,
            origin: peer.id,
            target: sink.id,
            via: null,
            hopsLeft: 3,
            payload: packed([2, "hi"])
          })
        for (let i = 0; i < CARRIES_MAX; i++) yield* carry(greedy, `${i}`)
        yield* until("refused", () => greedy.hearsOf("Carried").length > 0)
        yield* carry(modest, "one")
        yield* until("carried", () =>
          sink.hearsOf("Carry").some(({ carryId }) => carryId === "one")
        )
        return {
          greedy: sink.hearsOf("Carry").length - 1,
          refused: greedy.hearsOf("Carried").every(({ outcome }) => outcome === "Full")
        }
      })
    )
    expect(result).toEqual({ greedy: CARRIES_PER_PEER_MAX, refused: true })
  })
})

describe("word of an arrival", () => {
  it("finds its way back though the connection by which the message came has given way", () => {
    const words = simulate(
      Effect.gen(function* () {
        const node = yield* startNode("node")
        const sink = yield* dialCarrier("sink", "node")
        const first = yield* dialCarrier("origin", "node")
        yield* until("open", () => peerHosts(node).length === 2)
        yield* first.say({
          _tag: "Carry",
          carryId: "one",
          origin: first.id,
          target: sink.id,
          via: null,
          hopsLeft: 3,
          payload: packed([2, "hi"])
        })
        yield* until("carried", () => sink.hearsOf("Carry").length === 1)
        yield* first.say({ _tag: "Goodbye", reason: "DuplicateConnection", detail: "" })
        yield* until("gone", () => peerHosts(node).length === 1)
        const second = yield* dialCarrier("origin", "node")
        yield* until("open again", () => peerHosts(node).length === 2)
        yield* sink.say({ _tag: "Carried", carryId: "one", outcome: "Arrived" })
        yield* Effect.sleep(1_000)
        return second.hearsOf("Carried")
      })
    )
    expect(words).toEqual([{ _tag: "Carried", carryId: "one", outcome: "Arrived" }])
  })
})

describe("a protocol across a bridge", () => {
  const ends = Effect.gen(function* () {
    yield* startNode("bridge", { subnets: ["left", "right"] })
    const left = yield* startSpeaker("left", { subnets: ["left"], join: ["bridge"] })
    const right = yield* startSpeaker("right", { subnets: ["right"], join: ["bridge"] })
    yield* until("a bridge", () => peerCount(left) + peerCount(right) === 2)
    // Somebody has to be heard of before anybody can be asked.
    yield* right.test.broadcast(new Said({ text: "I am here" }))
    yield* until("heard", () => left.heard.length === 1)
    return { left, right }
  })
  const idOf = ({ test }: Speaker) => test.id

  it("sends, and asks, and is answered", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { left, right } = yield* ends
        yield* left.test.send(idOf(right), new Said({ text: "over there" }))
        const doubled = yield* left.test.ask(idOf(right), new Doubled({ number: 21n }))
        const error = yield* Effect.flip(left.test.ask(idOf(right), new Doubled({ number: -1n })))
        return {
          doubled,
          error,
          heard: right.heard.map(([{ text }]) => text),
          peers: peerCount(left)
        }
      })
    )
    expect(result).toMatchObject({
      doubled: 42n,
      error: { _tag: "Negative" },
      heard: ["over there"],
      peers: 1
    })
  })

  it("answers an ask that has taken long", () => {
    const answer = simulate(
      Effect.gen(function* () {
        const { left, right } = yield* ends
        const patience = new Patience({ millis: 2 * CARRIED_MEMORY_MILLIS })
        return yield* left.test.ask(idOf(right), patience, { timeout: "5 minutes" })
      })
    )
    expect(answer).toBe("at last")
  })

  it.each([10_000, 2 * CARRIED_MEMORY_MILLIS])("calls an ask off after %i ms", (timeout) => {
    const patience = simulate(
      Effect.gen(function* () {
        const { left, right } = yield* ends
        const ask = left.test.ask(idOf(right), new Patience({ millis: 600_000 }), { timeout })
        yield* Effect.flip(ask)
        yield* Effect.sleep(1_000)
        return { ...right.patience }
      })
    )
    expect(patience).toEqual({ interrupted: 1, answered: 0 })
  })
})

describe("a peer that carries what can't be read", () => {
  it("is not to blame for it", () => {
    // A whisper with a map whose only key is __proto__: its structure is sound, but no decoder lets it in.
    const payload = Uint8Array.of(0x92, 0x02, 0x81, 0xa9, ...Bytes.fromText("__proto__"), 0x01)
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const carrier = yield* dialNode("carrier", "a")
        yield* carrier.hello()
        yield* until("hello", () => carrier.hearsOf("Hello").length === 1)
        yield* carrier.handshake()
        yield* until("open", () => peerHosts(a).length === 1)
        const count = 2 * MALFORMED_MAX
        for (let i = 0; i < count; i++) {
          yield* carrier.say({
            _tag: "Carry",
            carryId: `${i}`,
            origin: NodeId.make("somebody"),
            target: a.mesh.id,
            via: null,
            hopsLeft: 3,
            payload
          })
        }
        yield* until("all words", () => carrier.hearsOf("Carried").length === count)
        const { unreadable } = yield* a.mesh.counters
        return { peers: peerHosts(a).length, received: a.received.length, unreadable }
      })
    )
    expect(result).toEqual({ peers: 1, received: 0, unreadable: 2 * MALFORMED_MAX })
  })
})

/** A node whose only peer takes what is to be carried, and says nothing. */
const silenced = Effect.gen(function* () {
  const a = yield* startSpeaker("a")
  const between = yield* dialCarrier("between", "a")
  yield* until("open", () => peerCount(a) === 1)
  const far = NodeId.make("farId")
  yield* between.sayAs(far, 0, packed([0x30, "test", 2, 1, { text: "I am far" }]))
  yield* until("heard", () => a.heard.length === 1)
  const sent = () => between.hearsOf("Carry").length
  return { a, far, between, sent }
})

describe("a message whose word of arrival is lost", () => {
  it("is not sent again, and its sender is told that it may have arrived", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { a, between, far, sent } = yield* silenced
        const unknown = yield* Effect.flip(a.mesh.reply({ sender: far }, ["first"]))
        // Carried at once, where it was carried before.
        yield* between.say({
          _tag: "Carry",
          carryId: "1",
          origin: far,
          target: a.test.id,
          via: null,
          hopsLeft: 3,
          payload: packed([2, "hello"])
        })
        yield* until("received", () => whispers(a).length === 1)
        const known = yield* Effect.flip(a.mesh.reply({ sender: far }, ["second"]))
        return { errors: [unknown, known], sent: sent() }
      })
    )
    const noWord = { _tag: "UnreachableError", reason: "NoWord" }
    expect(result).toMatchObject({ errors: [noWord, noWord], sent: 2 })
  })

  it("has its answer waited for, as long as the asker likes", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { a, far, sent } = yield* silenced
        const ask = a.test.ask(far, new Doubled({ number: 1n }), { timeout: "1 minute" })
        const before = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        const error = yield* Effect.flip(ask)
        const after = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        return { error, sent: sent(), millis: after - before }
      })
    )
    expect(result).toMatchObject({
      error: { _tag: "AskError", reason: "Timeout" },
      sent: 1,
      millis: 60_000
    })
  })
})

describe("an ask that is carried", () => {
  it("and interrupted before word of its arrival is called off all the same", () => {
    const flags = simulate(
      Effect.gen(function* () {
        const { a, between, far, sent } = yield* silenced
        const asking = yield* Effect.forkChild(a.test.ask(far, new Doubled({ number: 1n })))
        yield* until("carried", () => sent() === 1)
        yield* Fiber.interrupt(asking)
        yield* until("called off", () => sent() === 2)
        return between.hearsOf("Carry").map(({ payload }) => {
          const said = Result.getOrThrow(MessagePack.decode(payload))
          return isList(said) && said[0]
        })
      })
    )
    expect(flags).toEqual([0x32, Control.cancel])
  })

  it("does not tell who carries it what the number of the next one is", () => {
    const numbers = simulate(
      Effect.gen(function* () {
        const { a, between, far, sent } = yield* silenced
        const ask = a.test.ask(far, new Doubled({ number: 1n }))
        yield* Effect.forkChild(Effect.replicateEffect(ask, 10, { concurrency: "unbounded" }))
        yield* until("carried", () => sent() === 10)
        return between.hearsOf("Carry").map(numberOf)
      })
    )
    const sorted = numbers.toSorted((x, y) => x - y)
    const gaps = sorted.slice(1).map((number, i) => number - (sorted[i] ?? number))
    expect(Math.min(...gaps)).toBeGreaterThan(1_000)
  })

  it("is answered though word of its arrival is lost", () => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const between = yield* dialNode("between", "a")
        yield* between.say({
          _tag: "Hello",
          software: "test",
          version: 1,
          minVersion: 1,
          abilities: ["carry"]
        })
        yield* until("hello", () => between.hearsOf("Hello").length === 1)
        yield* between.handshake()
        yield* until("open", () => peerCount(a) === 1)
        const far = NodeId.make("farId")
        yield* between.sayAs(far, 0, packed([0x30, "test", 2, 1, { text: "I am far" }]))
        yield* until("heard", () => a.heard.length === 1)
        const asking = yield* Effect.forkChild(a.test.ask(far, new Doubled({ number: 1n })))
        yield* until("carried", () => between.hearsOf("Carry").length === 1)
        const [number = -1] = between.hearsOf("Carry").map(numberOf)
        const answer = packed([Control.answer, number, 0, 2])
        yield* between.say({
          _tag: "Carry",
          carryId: "1",
          origin: far,
          target: a.test.id,
          via: null,
          hopsLeft: 3,
          payload: answer
        })
        return { answer: yield* Fiber.join(asking), asks: between.hearsOf("Carry").length }
      })
    )
    expect(result).toEqual({ answer: 2n, asks: 1 })
  })
})

describe("a peer that lies about what it carries", () => {
  it.each([
    ["a handshake", Uint8Array.of(0x92, 0x05, 0x30)],
    ["a peers message", Uint8Array.of(0x92, 0x07, 0x90)],
    ["a carried message in it", Uint8Array.of(0x92, 0xcc, 0xf7, 0x01)],
    ["no array", Uint8Array.of(0x01)],
    ["an empty array", Uint8Array.of(0x90)],
    ["what is cut short", Uint8Array.of(0x92, 0x02)],
    ["nothing at all", Uint8Array.of()]
  ])("has %s handed to nobody", (_what, payload) => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const liar = yield* dialNode("liar", "a")
        yield* liar.hello()
        yield* until("hello", () => liar.hearsOf("Hello").length === 1)
        yield* liar.handshake()
        yield* until("open", () => peerHosts(a).length === 1)
        yield* liar.say({
          _tag: "Carry",
          carryId: "1",
          origin: liar.id,
          target: a.mesh.id,
          via: null,
          hopsLeft: 3,
          payload
        })
        yield* until("word", () => liar.hearsOf("Carried").length === 1)
        return { word: liar.hearsOf("Carried"), received: a.received.length }
      })
    )
    expect(result).toEqual({
      word: [{ _tag: "Carried", carryId: "1", outcome: "NoRoute" }],
      received: 0
    })
  })

  it.each(["a", "b"])("can't speak in the name of %s, who needs no carrier to a", (name) => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const b = yield* startSpeaker("b", { join: ["a"] })
        const liar = yield* dialNode("liar", "a")
        yield* liar.hello()
        yield* until("hello", () => liar.hearsOf("Hello").length === 1)
        yield* liar.handshake()
        yield* until("open", () => peerCount(a) === 2)
        yield* liar.say({
          _tag: "Carry",
          carryId: "1",
          origin: name === "a" ? a.test.id : b.test.id,
          target: a.test.id,
          via: null,
          hopsLeft: 3,
          payload: packed([0x30, "test", 1, 1, { text: "it was not me" }])
        })
        yield* until("word", () => liar.hearsOf("Carried").length === 1)
        return { word: liar.hearsOf("Carried"), heard: a.heard.length }
      })
    )
    expect(result).toMatchObject({ word: [{ outcome: "NoRoute" }], heard: 0 })
  })

  it("can't make it go round for ever", () => {
    const counts = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const b = yield* startNode("b", { join: ["a"] })
        const liar = yield* dialNode("liar", "a")
        yield* liar.hello()
        yield* until("hello", () => liar.hearsOf("Hello").length === 1)
        yield* liar.handshake()
        yield* until("open", () => peerHosts(a).length === 2)
        const carry = {
          _tag: "Carry",
          carryId: "1",
          origin: liar.id,
          target: liar.id,
          via: b.mesh.id,
          hopsLeft: 16,
          payload: Uint8Array.of(0x92, 0x02, 0x01)
        } as const
        yield* liar.say(carry)
        yield* liar.say({ ...carry, target: a.mesh.id, carryId: "2" })
        yield* Effect.sleep(10_000)
        return (yield* a.mesh.counters).messagesIn
      })
    )
    expect(counts).toBeLessThan(30)
  })
})
