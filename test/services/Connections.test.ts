// How connections begin and end: each way in one defined state, with one typed reason, at both ends.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { SubnetId } from "../../src/domain/Ids.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import type { PeerEvent } from "../../src/domain/PeerEvent.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import {
  addressOf,
  peerHosts,
  simulate,
  startNode,
  tags,
  type TestNode,
  until
} from "../suites/Network.ts"
import { acceptNode, dialNode, type RawPeerOptions, SUBNET } from "../suites/RawPeer.ts"
import { peerCount, startSpeaker } from "../suites/Speakers.ts"
import { Patience } from "../suites/TestProtocol.ts"

/** The first reason that a node was given for a connection that failed or ended. */
const reason = (node: TestNode) => {
  const ended = node.events.find(
    (event): event is Extract<PeerEvent, { readonly error: unknown }> => "error" in event
  )
  return ended === undefined
    ? undefined
    : `${ended._tag} ${ended.error.reason} by ${ended.error.by}`
}

describe("a handshake that comes to nothing", () => {
  it("wrong subnet: both are told", () => {
    const [a, b] = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const b = yield* startNode("b", { subnets: ["other"], join: ["a"] })
        yield* until("refusal", () => a.events.length > 0 && b.events.length > 0)
        return [reason(a), reason(b)]
      })
    )
    expect(a).toBe("ConnectionRefused WrongSubnet by Us")
    expect(b).toBe("ConnectionRefused WrongSubnet by Peer")
  })

  it.each(["str", "bin"] as const)(
    "wrong subnet, old peer speaking %s: ours is told",
    (dialect) => {
      const [ours, isClosed] = simulate(
        Effect.gen(function* () {
          const a = yield* startNode("a")
          const peer = yield* dialNode("x", "a", { dialect })
          yield* peer.handshake(SubnetId.make(SUBNET.toLowerCase()))
          yield* until("end", () => peer.isClosed)
          return [reason(a), peer.isClosed]
        })
      )
      expect(ours).toBe("ConnectionRefused WrongSubnet by Us")
      expect(isClosed).toBe(true)
    }
  )

  it("wrong version: said and told", () => {
    const [ours, goodbye] = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const peer = yield* dialNode("x", "a")
        yield* peer.hello(99)
        yield* until("end", () => peer.isClosed)
        return [reason(a), peer.hearsOf("Goodbye")[0]]
      })
    )
    expect(ours).toBe("ConnectionRefused WrongVersion by Us")
    expect(goodbye).toMatchObject({
      reason: "WrongVersion",
      detail: "the peer speaks versions 99 to 99, we speak 1 to 1"
    })
  })

  it("self-connection, by way of an address that is not known as its own", () => {
    const [ours, dialsAgain] = simulate(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        const relay = yield* simulation.transport("alias").listen(addressOf("alias"))
        let accepted = 0
        yield* Effect.forkScoped(
          Effect.forever(
            Effect.gen(function* () {
              const out = yield* relay.accept
              accepted++
              const into = yield* simulation.transport("alias").dial(addressOf("a"))
              const pass = (from: typeof out, to: typeof out) =>
                Effect.forever(
                  Effect.flatMap(from.pull, (chunks) =>
                    Effect.forEach(chunks, (chunk) => to.write(chunk), { discard: true })
                  )
                )
              yield* Effect.forkScoped(pass(out, into))
              yield* Effect.forkScoped(pass(into, out))
            })
          )
        )
        const a = yield* startNode("a", { join: ["alias"] })
        yield* until("refusal", () => a.events.length > 0)
        const told = reason(a)
        yield* Effect.sleep(120_000)
        return [told, accepted]
      })
    )
    expect(ours).toMatch(/^ConnectionRefused SelfConnection by (Us|Peer)$/)
    expect(dialsAgain).toBe(1)
  })

  it("silence: the time limit ends it, whoever dialled", () => {
    const reasons = simulate(
      Effect.gen(function* () {
        const accept = yield* acceptNode("silent")
        yield* Effect.forkScoped(accept)
        const a = yield* startNode("a", { join: ["silent"] })
        const b = yield* startNode("b")
        yield* dialNode("x", "b")
        yield* until("refusals", () => a.events.length > 0 && b.events.length > 0)
        return [reason(a), reason(b)]
      })
    )
    expect(reasons).toEqual(Array(2).fill("ConnectionRefused HandshakeTimeout by Us"))
  })

  it("too many peers", () => {
    const [c, inMesh] = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a", { maxIncoming: 1 })
        const b = yield* startNode("b", { join: ["a"] })
        yield* until("b is in", () => b.events.length === 1)
        const c = yield* startNode("c", { join: ["a"] })
        yield* until("c was refused", () => tags(c).length === 2)
        return [
          c.events.map((event) => ("error" in event ? event.error.reason : event._tag)),
          peerHosts(a)
        ]
      })
    )
    expect(c).toEqual(["PeerConnected", "TooManyPeers"])
    expect(inMesh).toEqual(["b"])
  })

  it("a frame too long, and one too short, end it as malformed", () => {
    const reasons = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const simulation = yield* Simulation
        for (const frame of [Uint8Array.of(0xff, 0xff, 0xff, 0xff), Uint8Array.of(0, 0, 0, 0)]) {
          const duplex = yield* simulation.transport("x").dial(addressOf("a"))
          yield* duplex.write(frame)
        }
        yield* until("refusals", () => a.events.length === 2)
        return a.events.map((event) => "error" in event && event.error.detail)
      })
    )
    expect(reasons).toEqual([
      "a frame of 4294967295 bytes; at most 32768 are accepted",
      "a frame of 0 bytes; a digest and a message need 33 at least"
    ])
  })
})

describe("two nodes that dial each other at once", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("keep one connection, the greater id's (seed %i)", (seed) => {
    const result = simulate(
      Effect.gen(function* () {
        const [a, b] = yield* Effect.all(
          [startNode("a", { join: ["b"] }), startNode("b", { join: ["a"] })],
          { concurrency: "unbounded" }
        )
        yield* Effect.sleep(60_000)
        const [atA] = yield* a.mesh.peers
        const [atB] = yield* b.mesh.peers
        const both = [(yield* a.mesh.peers).length, (yield* b.mesh.peers).length]
        yield* a.mesh.broadcast(["once"])
        yield* Effect.sleep(1000)
        const isDialler = a.mesh.id > b.mesh.id
        return { both, roles: [atA?.role, atB?.role], isDialler, heard: b.received.length }
      }),
      { seed }
    )
    expect(result.both).toEqual([1, 1])
    expect(result.roles).toEqual(
      result.isDialler ? ["Dialled", "Accepted"] : ["Accepted", "Dialled"]
    )
    expect(result.heard).toBe(1)
  })
})

describe("a connection that gives way", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("is told of before the one that is kept (seed %i)", (seed) => {
    const events = simulate(
      Effect.gen(function* () {
        const nodes = yield* Effect.all(
          [startNode("a", { join: ["b"] }), startNode("b", { join: ["a"] })],
          { concurrency: "unbounded" }
        )
        yield* Effect.sleep(60_000)
        return nodes.map(tags)
      }),
      { seed }
    )
    for (const all of events) {
      const told = all.filter((tag) => tag === "PeerConnected" || tag === "PeerDisconnected")
      const turns = told.map((_, i) => (i % 2 === 0 ? "PeerConnected" : "PeerDisconnected"))
      expect(told).toEqual(turns)
      expect(told.length % 2).toBe(1)
    }
  })
})

describe("a peer that ends its connection in favour of another one", () => {
  /** A peer of our kind, by hand, once it is met. */
  const met = Effect.fnUntraced(function* (node: string, options: RawPeerOptions = {}) {
    const raw = yield* dialNode("raw", node, options)
    yield* raw.hello()
    yield* raw.handshake()
    return raw
  })
  const goodbye = { _tag: "Goodbye", reason: "DuplicateConnection", detail: "" } as const

  it("is sent by that one what waited for room", () => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const first = yield* met("a", { reads: false })
        yield* until("open", () => peerHosts(a).length === 1)
        const bytes = new Uint8Array(100_000)
        const sending = yield* Effect.forkChild(
          Effect.forEach(Array(30).keys(), (i) => a.mesh.send(first.id, [i, bytes]))
        )
        yield* Effect.sleep(1_000)
        yield* first.say(goodbye)
        yield* until("gone", () => peerHosts(a).length === 0)
        yield* Effect.forkScoped(first.listen)
        yield* Effect.sleep(200)
        const second = yield* met("a")
        yield* Fiber.join(sending)
        yield* Effect.sleep(1_000)
        const counts = [first, second].map((raw) => raw.hearsOf("UserWhisper").length)
        return { counts, all: (counts[0] ?? 0) + (counts[1] ?? 0) }
      })
    )
    expect(result.all).toBe(30)
    expect(result.counts).not.toContain(0)
  })

  it("is answered by that one what was not taken up yet", () => {
    const answers = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a", { concurrency: 1 })
        const b = yield* startSpeaker("b", { join: ["a"] })
        const first = yield* met("a")
        yield* until("open", () => peerCount(a) === 2 && peerCount(b) === 1)
        const long = b.test.ask(a.test.id, new Patience({ millis: 1_000 }))
        const asking = yield* Effect.forkChild(long)
        yield* Effect.sleep(500)
        const asked = [0x33, "test", 1, 1, { millis: 2_000 }, 77]
        yield* first.sayPacked(2, Result.getOrThrow(MessagePack.encode(asked)))
        yield* until("received", () => Effect.runSync(a.test.counters).received === 2)
        yield* first.say(goodbye)
        yield* Fiber.join(asking)
        yield* Effect.sleep(100)
        const second = yield* met("a")
        yield* Effect.sleep(5_000)
        return second.hearsOf("Answer")
      })
    )
    expect(answers).toMatchObject([{ number: 77, outcome: 0, value: "at last" }])
  })
})

describe("a peer that falls silent", () => {
  it("is given up if it is of our kind and answers no heartbeat", () => {
    const { told, atMillis } = simulate(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        const a = yield* startNode("a")
        const peer = yield* dialNode("x", "a")
        yield* peer.hello()
        yield* peer.handshake()
        yield* until("open", () => a.events.length === 1)
        yield* until("given up", () => a.events.length === 2)
        return { told: reason(a), atMillis: simulation.elapsedMillis() }
      })
    )
    expect(told).toBe("PeerDisconnected Unresponsive by Us")
    expect(atMillis).toBeGreaterThan(30_000)
  })

  it.each(["str", "bin"] as const)(
    "is left alone if it is an old one that speaks %s",
    (dialect) => {
      const after = simulate(
        Effect.gen(function* () {
          const a = yield* startNode("a")
          const peer = yield* dialNode("x", "a", { dialect })
          yield* peer.handshake()
          yield* until("open", () => a.events.length === 1)
          yield* Effect.sleep(3_600_000)
          return { tags: tags(a), heard: peer.heard.map(({ _tag }) => _tag) }
        })
      )
      expect(after.tags).toEqual(["PeerConnected"])
      // Nor is it asked anything that it would not know.
      expect(after.heard).toEqual(["Hello", "Handshake", "PeerList"])
    }
  )

  it("keeps its connection among ours while it answers", () => {
    const after = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const b = yield* startNode("b", { join: ["a"] })
        yield* Effect.sleep(3_600_000)
        return [tags(a), tags(b)]
      })
    )
    expect(after).toEqual([["PeerConnected"], ["PeerConnected"]])
  })
})
