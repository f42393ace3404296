// What the mesh promises: everyone hears each broadcast once, by the three rules of flooding; replies find
// their way; bridges join subnets; the network heals.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { NodeId } from "../../src/domain/Ids.ts"
import { OUTBOX_MAX_BYTES } from "../../src/domain/Limits.ts"
import { run } from "../../src/layers/simulation/Simulation.ts"
import { peerHosts, simulate, startNode, tags, type TestNode, until } from "../suites/Network.ts"
import { dialNode } from "../suites/RawPeer.ts"

const payloads = (node: TestNode) => node.received.map(({ payload }) => payload)

const PROTO = new TextEncoder().encode("__proto__")

/** Nodes n0, n1, …, each joined to some before it; waits until all links are open. */
const network = Effect.fnUntraced(function* (links: ReadonlyArray<ReadonlyArray<number>>) {
  const nodes: Array<TestNode> = []
  for (const [i, joins] of links.entries()) {
    nodes.push(yield* startNode(`n${i}`, { join: joins.map((j) => `n${j}`) }))
  }
  const ends = 2 * links.flat().length
  const open = () => nodes.reduce((sum, node) => sum + peerHosts(node).length, 0)
  yield* until("all links", () => open() === ends)
  return nodes
})

describe("a broadcast", () => {
  it.each([1, 2, 3])("reaches everyone once, in a network with many cycles (seed %i)", (seed) => {
    const { heard, sent } = simulate(
      Effect.gen(function* () {
        const nodes = yield* network([[], [0], [0, 1], [0, 1, 2], [1, 2, 3], [0, 3, 4]])
        const [first, ...others] = nodes
        yield* first?.mesh.broadcast(["all", 1]) ?? Effect.void
        yield* until("all heard", () => others.every(({ received }) => received.length > 0))
        yield* Effect.sleep(5000)
        let sent = 0
        for (const { mesh } of nodes) sent += (yield* mesh.counters).relayed
        return { heard: nodes.map(payloads), sent }
      }),
      { seed }
    )
    expect(heard).toEqual([[], ...Array.from({ length: 5 }, () => [["all", 1]])])
    // Twelve links, each way: less one for each node that does not tell whom it heard it from, and less
    // those by which the originator's four neighbours don't tell it, where that is another.
    expect(sent).toBeLessThanOrEqual(2 * 12 - 5)
    expect(sent).toBeGreaterThanOrEqual(2 * 12 - 5 - 4)
  })

  it("never goes back to where it came from, nor to its originator, nor on again", () => {
    const { heard, unheard } = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const from = yield* dialNode("from", "a")
        yield* from.handshake()
        const originator = yield* dialNode("originator", "a", { dialect: "bin" })
        yield* originator.handshake()
        const other = yield* dialNode("other", "a")
        yield* other.handshake()
        yield* until("all open", () => a.events.length === 3)
        // Said by the originator, and passed on by another peer before it comes itself.
        const message = { _tag: "UserBroadcast", payload: ["x"] } as const
        yield* originator.say(message)
        yield* until("heard", () => a.received.length === 1)
        yield* Effect.sleep(5000)
        const count = (peer: typeof from) => peer.hearsOf("UserBroadcast").length
        return { heard: [count(from), count(other)], unheard: count(originator) }
      })
    )
    expect(heard).toEqual([1, 1])
    expect(unheard).toBe(0)
  })

  it("equal ones within a second all arrive, in order of their ids, and none twice", () => {
    const { heard, ids } = simulate(
      Effect.gen(function* () {
        const [a, b, c] = yield* network([[], [0], [0, 1]])
        const sent = yield* Effect.forEach(Array(40), () =>
          a === undefined ? Effect.never : a.mesh.broadcast(["same"])
        )
        yield* until("all", () => b?.received.length === 40 && c?.received.length === 40)
        yield* Effect.sleep(5000)
        return {
          ids: sent.map(({ id }) => id),
          heard: [b, c].map((node) => node?.received.map(({ id }) => id))
        }
      })
    )
    expect(new Set(ids).size).toBe(40)
    expect(heard.map((at) => new Set(at))).toEqual([new Set(ids), new Set(ids)])
    expect(heard.map((at) => at?.length)).toEqual([40, 40])
  })

  it("that nobody can decode costs those who pass it on nothing", () => {
    const after = simulate(
      Effect.gen(function* () {
        const [a, b] = yield* network([[], [0]])
        const old = yield* dialNode("old", "n0")
        yield* old.handshake()
        yield* until("open", () => a?.events.length === 2)
        // A map with the key __proto__, which goes on as it is, and bytes that are cut off, which don't.
        for (let i = 0; i < 50; i++) {
          yield* old.sayPacked(0, Uint8Array.of(0x92, 0x00, 0x81, 0xa9, ...PROTO, i))
          yield* old.sayPacked(0, Uint8Array.of(0x92, 0x00, 0xda, 0xff, i))
        }
        yield* old.say({ _tag: "UserBroadcast", payload: ["fine"] })
        yield* until("the last one", () => b?.received.length === 1)
        return { tags: [a, b].map((node) => node && tags(node)), open: !old.isClosed }
      })
    )
    expect(after.tags).toEqual([["PeerConnected", "PeerConnected"], ["PeerConnected"]])
    expect(after.open).toBe(true)
  })

  it("that is no value of MessagePack is refused with the place that is wrong", () => {
    const error = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        return yield* Effect.flip(a.mesh.broadcast([{ deep: [1n << 70n] }]))
      })
    )
    expect(error.message).toBe("can't encode value.1.deep.0: an integer beyond 64 bits")
  })
})

describe("a bridge between two subnets", () => {
  const bridged = Effect.gen(function* () {
    const x = yield* startNode("x", { subnets: ["left"] })
    const bridge = yield* startNode("bridge", { subnets: ["left", "right"], join: ["x"] })
    const y = yield* startNode("y", { subnets: ["right"], join: ["bridge"], maxOutgoing: 4 })
    yield* until("both sides", () => peerHosts(bridge).length === 2)
    return { x, bridge, y }
  })

  it("carries broadcasts across, with one id on both sides", () => {
    const ids = simulate(
      Effect.gen(function* () {
        const { bridge, x, y } = yield* bridged
        const { id } = yield* x.mesh.broadcast(["over"])
        yield* until("heard", () => y.received.length === 1 && bridge.received.length === 1)
        return [id, bridge.received[0]?.id, y.received[0]?.id]
      })
    )
    expect(new Set(ids).size).toBe(1)
  })

  it("tells each side only of its own", () => {
    const hosts = simulate(
      Effect.gen(function* () {
        const { x, y } = yield* bridged
        yield* Effect.sleep(60_000)
        return [peerHosts(x), peerHosts(y), tags(y)]
      })
    )
    expect(hosts).toEqual([["bridge"], ["bridge"], ["PeerConnected"]])
  })
})

describe("a reply", () => {
  it("to a sender that is no direct peer is carried by a new connection to it", () => {
    const { before, heard, after } = simulate(
      Effect.gen(function* () {
        const [a, , c] = yield* network([[], [0], [1]])
        if (a === undefined || c === undefined) return yield* Effect.never
        yield* c.mesh.broadcast(["question"])
        yield* until("question", () => a.received.length === 1)
        const before = peerHosts(a)
        for (const message of a.received) yield* a.mesh.reply(message, ["answer"])
        yield* until("answer", () => c.received.length === 1)
        return { before, after: peerHosts(a), heard: c.received }
      })
    )
    expect(before).toEqual(["n1"])
    expect(after).toEqual(["n1", "n2"])
    expect(heard.map(({ flag, payload }) => [flag, payload])).toEqual([["whisper", ["answer"]]])
  })

  it("to nobody fails with a typed reason", () => {
    const error = simulate(
      Effect.gen(function* () {
        const [a] = yield* network([[], [0]])
        if (a === undefined) return yield* Effect.never
        return yield* Effect.flip(a.mesh.reply({ sender: NodeId.make("nobody") }, ["?"]))
      })
    )
    expect(error._tag === "UnreachableError" && error.reason).toBe("Unknown")
  })

  it("to an old peer that can't be dialled is carried there", () => {
    const heard = simulate(
      Effect.gen(function* () {
        const [a, b] = yield* network([[], [0]])
        const peer = yield* dialNode("x", "n1")
        yield* peer.handshake()
        yield* until("open", () => b?.events.length === 2)
        yield* a?.mesh.reply({ sender: peer.id }, ["!"]) ?? Effect.void
        yield* until("heard", () => peer.hearsOf("UserWhisper").length === 1)
        return peer.hearsOf("UserWhisper")[0]?.payload
      })
    )
    expect(heard).toEqual(["!"])
  })

  it("send goes to direct peers only", () => {
    const error = simulate(
      Effect.gen(function* () {
        const [a, , c] = yield* network([[], [0], [1]])
        if (a === undefined || c === undefined) return yield* Effect.never
        return yield* Effect.flip(a.mesh.send(c.mesh.id, ["?"]))
      })
    )
    expect(error._tag === "UnreachableError" && error.reason).toBe("NotConnected")
  })
})

describe("a whisper", () => {
  it("in another's name is dropped, and counted", () => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const raw = yield* dialNode("raw", "a")
        yield* raw.handshake()
        yield* until("open", () => peerHosts(a).length === 1)
        const whisper = Uint8Array.of(0x92, 2, 1)
        yield* raw.sayAs("anotherId", 2, whisper)
        yield* raw.sayPacked(2, whisper)
        yield* until("received", () => a.received.length > 0)
        const refused = a.connections.refusals.get("BadSender")
        return { senders: a.received.map(({ sender }) => sender), refused }
      })
    )
    expect(result).toEqual({ senders: ["rawId"], refused: 1 })
  })
})

describe("the network", () => {
  it("grows by peer exchange, up to the outgoing limit", () => {
    const degrees = simulate(
      Effect.gen(function* () {
        const names = Array.from({ length: 8 }, (_, i) => `n${i}`)
        const nodes = yield* Effect.forEach(names, (name, i) =>
          startNode(name, { join: i === 0 ? [] : ["n0"], maxOutgoing: 2 })
        )
        yield* Effect.sleep(60_000)
        return yield* Effect.forEach(nodes, ({ mesh }) =>
          Effect.map(mesh.peers, (peers) => peers.filter(({ role }) => role === "Dialled").length)
        )
      })
    )
    expect(Math.max(...degrees)).toBe(2)
    expect(degrees.filter((n) => n === 2).length).toBeGreaterThan(4)
  })

  it("dials a lost peer again, ever more slowly, until it is back", () => {
    const { dials, last } = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a", { join: ["b"] })
        yield* Effect.sleep(20_000)
        const dials = a.events.length
        const b = yield* startNode("b")
        yield* until("connected", () => b.events.length === 1 && peerHosts(a).length === 1)
        return { dials, last: tags(a).at(-1) }
      })
    )
    expect(last).toBe("PeerConnected")
    expect(dials).toBeGreaterThan(4)
    expect(dials).toBeLessThan(12)
  })

  it("knows a node again that comes back with its journal", () => {
    const { ids, events } = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const scope = yield* Scope.make()
        const b = yield* Scope.provide(startNode("b", { join: ["a"] }), scope)
        yield* until("connected", () => a.events.length === 1 && b.events.length === 1)
        yield* Scope.close(scope, Exit.void)
        yield* until("gone", () => a.events.length === 2)
        // Nobody tells it of a: the peer book does.
        const again = yield* startNode("b", { maxOutgoing: 1 })
        yield* until("connected again", () => tags(a).at(-1) === "PeerConnected")
        return { ids: [b.mesh.id, again.mesh.id], events: tags(a) }
      })
    )
    expect(ids[0]).toBe(ids[1])
    expect(events.slice(0, 2)).toEqual(["PeerConnected", "PeerDisconnected"])
  })

  it("a peer that reads nothing slows nobody, holds no more than the cap, and is dropped", () => {
    const { count, dropped, withheld } = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const b = yield* startNode("b", { join: ["a"] })
        const slow = yield* dialNode("slow", "a", { reads: false })
        yield* slow.handshake()
        yield* until("open", () => a.events.length === 2)
        const chunk = new Uint8Array(100_000)
        for (let i = 0; i < 150; i++) {
          yield* a.mesh.broadcast([i, chunk])
          yield* until("b has it", () => b.received.length === i + 1)
        }
        const { withheld } = yield* a.mesh.counters
        yield* until("dropped", () => a.events.length === 3)
        const last = a.events[2]
        return {
          count: b.received.length,
          withheld,
          dropped: last !== undefined && "error" in last && last.error.message
        }
      })
    )
    expect(count).toBe(150)
    // 15 MB were said; what the cap and the transport's own buffer hold was kept for it.
    expect(withheld).toBeGreaterThan((15_000_000 - OUTBOX_MAX_BYTES - 2_000_000) / 100_000)
    expect(dropped).toContain("SlowPeer")
  })

  it("stops in bounded time, and leaves nothing behind", () => {
    const outcome = run(
      Effect.gen(function* () {
        const nodes = yield* network([[], [0], [0, 1], [1, 2]])
        // A peer that never reads must not hold up the end.
        const slow = yield* dialNode("slow", "n0", { reads: false })
        yield* slow.handshake()
        yield* until("open", () => nodes[0]?.events.length === 3)
        for (let i = 0; i < 20; i++)
          yield* nodes[0]?.mesh.broadcast([i, new Uint8Array(500_000)]) ?? Effect.void
        return yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      }),
      { seed: 1 }
    )
    expect(Exit.isSuccess(outcome.exit)).toBe(true)
    expect(outcome.leftOver).toBe(0)
  })
})
