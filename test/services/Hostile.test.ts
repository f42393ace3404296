// What a liar, or a broken peer, can't do to a node. Each of these once worked.

import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { NodeId } from "../../src/domain/Ids.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import { addressOf, peerHosts, simulate, startNode, tags, until } from "../suites/Network.ts"
import { acceptNode, dialNode } from "../suites/RawPeer.ts"

describe("a peer that lies", () => {
  it("can't part honest peers by broadcasts that are malformed further in", () => {
    const after = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const b = yield* startNode("b", { join: ["a"] })
        const liar = yield* dialNode("liar", "a")
        yield* liar.handshake()
        yield* until("open", () => a.events.length === 2)
        // A peer request whose fields are numbers.
        for (let i = 0; i < 50; i++) yield* liar.sayPacked(0, Uint8Array.of(0x93, 0x08, i, i))
        yield* Effect.sleep(5000)
        return [tags(a), tags(b)]
      })
    )
    expect(after).toEqual([["PeerConnected", "PeerConnected"], ["PeerConnected"]])
  })

  it("can't give a configured peer's address another id", () => {
    const hosts = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a", { join: ["b"] })
        const liar = yield* dialNode("liar", "a")
        yield* liar.handshake()
        yield* until("open", () => peerHosts(a).length === 1)
        yield* liar.say({
          _tag: "PeerList",
          peers: [{ endpoint: { host: "b", port: 4000 }, id: liar.id }]
        })
        yield* Effect.sleep(1000)
        yield* startNode("b")
        yield* Effect.sleep(60_000)
        return peerHosts(a)
      })
    )
    expect(hosts).toContain("b")
  })

  it("can't make a request fail with an answer that is none", () => {
    const heard = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const b = yield* startNode("b", { join: ["a"] })
        const c = yield* startNode("c", { join: ["b"] })
        const liar = yield* dialNode("liar", "a")
        yield* liar.handshake()
        yield* until("open", () => a.events.length === 2 && b.events.length === 2)
        const reply = yield* Effect.forkChild(a.mesh.reply({ sender: c.mesh.id }, ["found"]))
        yield* until("the request", () => liar.hearsOf("PeerRequest").length > 0)
        const requestId = liar.hearsOf("PeerRequest")[0]?.requestId ?? ""
        for (const endpoint of [null, { host: "", port: 1 }, { host: "x", port: 0 }]) {
          yield* liar.say({ _tag: "PeerResponse", requestId, peer: { endpoint, id: c.mesh.id } })
        }
        yield* until("the reply", () => c.received.length === 1)
        return [reply.pollUnsafe()?._tag, c.received[0]?.payload]
      })
    )
    expect(heard).toEqual(["Success", ["found"]])
  })

  it("is dialled no faster for what it says at the end", () => {
    const dials = simulate(
      Effect.gen(function* () {
        const accept = yield* acceptNode("liar")
        let dials = 0
        yield* Effect.forkScoped(
          Effect.forever(
            Effect.scoped(
              Effect.gen(function* () {
                const liar = yield* accept
                dials++
                yield* liar.hello()
                yield* liar.handshake()
                yield* liar.say({ _tag: "Goodbye", reason: "DuplicateConnection", detail: "" })
                yield* Effect.sleep(20)
              })
            )
          )
        )
        yield* startNode("a", { join: ["liar"] })
        yield* Effect.sleep(60_000)
        return dials
      })
    )
    expect(dials).toBeGreaterThan(2)
    expect(dials).toBeLessThan(25)
  })

  it("can't fill the peer book from one list, or with a flood of them", () => {
    const known = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const liar = yield* dialNode("liar", "a")
        yield* liar.handshake()
        yield* until("open", () => a.events.length === 1)
        for (let list = 0; list < 10; list++) {
          const peers = Array.from({ length: 500 }, (_, i) => ({
            endpoint: { host: `h${list}x${i}`, port: 1 },
            id: NodeId.make(`id ${list} ${i}`)
          }))
          yield* liar.say({ _tag: "PeerList", peers })
        }
        yield* Effect.sleep(900)
        return a.peers.book().entries
      })
    )
    expect([...known].length).toBeLessThanOrEqual(64)
  })
})

describe("many at once", () => {
  it.each([1, 2, 3, 4])(
    "replies to one sender share one connection, and all arrive (seed %i)",
    (seed) => {
      const result = simulate(
        Effect.gen(function* () {
          const a = yield* startNode("a")
          const b = yield* startNode("b", { join: ["a"] })
          const c = yield* startNode("c", { join: ["b"] })
          yield* until("a line", () => b.events.length === 2)
          const replies = Array.from({ length: 5 }, (_, i) =>
            a.mesh.reply({ sender: c.mesh.id }, [i])
          )
          yield* Effect.all(replies, { concurrency: "unbounded" })
          yield* Effect.sleep(5000)
          return { heard: c.received.length, peers: peerHosts(a), events: tags(a) }
        }),
        { seed }
      )
      expect(result.heard).toBe(5)
      expect(result.peers).toEqual(["b", "c"])
      expect(result.events).toEqual(["PeerConnected", "PeerConnected"])
    }
  )

  it("broadcasts wait for room one by one, and each that succeeds arrives", () => {
    const heard = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const old = yield* dialNode("old", "a")
        yield* old.handshake()
        yield* until("open", () => a.events.length === 1)
        const chunk = new Uint8Array(200_000)
        const all = Array.from({ length: 100 }, (_, i) => a.mesh.broadcast([i, chunk]))
        yield* Effect.all(all, { concurrency: "unbounded" })
        yield* until("all heard", () => old.hearsOf("UserBroadcast").length === 100)
        return (yield* a.mesh.counters).withheld
      })
    )
    expect(heard).toBe(0)
  })

  it("two nodes in one graph of layers are two nodes", () => {
    const hosts = simulate(
      Effect.gen(function* () {
        const { node } = yield* Simulation
        class First extends Context.Service<First, Mesh["Service"]>()("test/First") {}
        class Second extends Context.Service<Second, Mesh["Service"]>()("test/Second") {}
        const listening = (host: string) =>
          MeshNode.layer({ subnets: ["mesh"], listen: [addressOf(host)] })
        const both = Layer.mergeAll(
          Layer.effect(First, Mesh).pipe(Layer.provide(listening("one"))),
          Layer.effect(Second, Mesh).pipe(Layer.provide(listening("two")))
        )
        const context = yield* node("host", both)
        return [Context.get(context, First), Context.get(context, Second)].map(
          ({ listening }) => listening[0]?.host
        )
      })
    )
    expect(hosts).toEqual(["one", "two"])
  })
})
