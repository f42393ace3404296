// Whole nodes over the sockets of each kind: what only those can show.

import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Address } from "../../src/domain/Address.ts"
import * as NodeMeshNode from "../../src/layers/NodeMeshNode.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import { authority } from "../suites/Certificates.ts"

const SCHEMES = ["tcp", "tls", "ws", "wss"] as const
const anywhere = (scheme: string) => new Address({ scheme, host: "127.0.0.1", port: 0 })

const start = (options: Omit<NodeMeshNode.NodeMeshNodeOptions, "subnets">) =>
  Effect.map(Layer.build(NodeMeshNode.layer({ subnets: ["mesh"], ...options })), (context) =>
    Context.get(context, Mesh)
  )

type Node = Mesh["Service"]

/** Waits until a node has had so many peers connect. */
const peersOf = (node: Node, count: number) =>
  node.peerEvents.pipe(
    Stream.filter((event) => event._tag === "PeerConnected"),
    Stream.take(count),
    Stream.runCollect
  )

const listenerOf = (node: Node, scheme: string) =>
  node.listening.filter((address) => address.scheme === scheme)

/** What a broadcast of one node brings to others. */
const crosses = Effect.fnUntraced(function* (from: Node, to: ReadonlyArray<Node>) {
  const subscriptions = yield* Effect.forEach(to, (node) => node.subscribe)
  const { id } = yield* from.broadcast(["over", from.id])
  for (const { takeAll } of subscriptions) {
    const heard = yield* takeAll
    expect(heard.map((message) => message.id)).toEqual([id])
    expect(heard[0]).toMatchObject({ sender: from.id, payload: ["over", from.id] })
  }
})

describe("a node on Node.js", () => {
  it.live.each(SCHEMES)("meets another over %s", (scheme) =>
    Effect.gen(function* () {
      const one = yield* start({ listen: [anywhere(scheme)] })
      const two = yield* start({ listen: [anywhere(scheme)], join: one.listening })
      yield* Effect.all([peersOf(one, 1), peersOf(two, 1)])
      yield* crosses(one, [two])
      yield* crosses(two, [one])
      expect((yield* one.peers)[0]).toMatchObject({ id: two.id, address: two.listening[0] })
    })
  )

  it.live("on all four transports at once is a bridge between the nodes on each", () =>
    Effect.gen(function* () {
      const bridge = yield* start({ listen: SCHEMES.map(anywhere) })
      expect(bridge.listening.map(({ scheme }) => scheme)).toEqual(SCHEMES)
      const ends = yield* Effect.forEach(SCHEMES, (scheme) =>
        start({ listen: [anywhere(scheme)], join: listenerOf(bridge, scheme) })
      )
      yield* peersOf(bridge, ends.length)
      for (const end of ends) {
        yield* crosses(
          end,
          [bridge, ...ends].filter((other) => other !== end)
        )
      }
      // None was told of a node on another transport, which it could not dial.
      for (const end of ends) expect((yield* end.peers).map(({ id }) => id)).toEqual([bridge.id])
    })
  )

  it.live("joins another over each scheme that it names, and again over the one that it lost", () =>
    Effect.gen(function* () {
      const one = yield* start({ listen: [anywhere("tcp"), anywhere("wss")] })
      const two = yield* start({ join: one.listening })
      yield* peersOf(two, 2)
      const schemes = Effect.map(two.peers, (peers) => peers.map(({ address }) => address.scheme))
      expect((yield* schemes).toSorted()).toEqual(["tcp", "wss"])
    })
  )

  it.live("tells a peer of the peers that it has on the same transport", () =>
    Effect.gen(function* () {
      const hub = yield* start({ listen: [anywhere("tls"), anywhere("ws")] })
      const join = { tls: listenerOf(hub, "tls"), ws: listenerOf(hub, "ws") }
      const first = yield* start({ listen: [anywhere("ws")], join: join.ws })
      yield* start({ listen: [anywhere("tls")], join: join.tls })
      yield* peersOf(hub, 2)
      const second = yield* start({ listen: [anywhere("ws")], join: join.ws })
      yield* peersOf(second, 2)
      const known = (yield* second.peers).map(({ id }) => id)
      expect(known.toSorted()).toEqual([hub.id, first.id].toSorted())
    })
  )

  it.live("keeps out who has no certificate of the authority, and bridges those that have", () =>
    Effect.gen(function* () {
      const { certificateAuthority, issue } = authority("ours")
      const tls = { ...issue("a node", ["127.0.0.1"]), certificateAuthority, mutual: true }
      const bridge = yield* start({ tls, listen: [anywhere("tls"), anywhere("wss")] })
      const one = yield* start({ tls, join: listenerOf(bridge, "tls") })
      const other = yield* start({ tls, join: listenerOf(bridge, "wss") })
      const outsider = yield* start({ join: bridge.listening })
      const attempts = yield* outsider.peerEvents.pipe(Stream.take(2), Stream.runCollect)
      for (const { _tag } of attempts) expect(["DialFailed", "ConnectionRefused"]).toContain(_tag)
      yield* peersOf(bridge, 2)
      yield* crosses(one, [bridge, other])
      expect((yield* bridge.peers).map(({ id }) => id)).not.toContain(outsider.id)
    })
  )

  it.live("can't be with options of TLS that make no sense", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(start({ tls: { certificate: "none", key: "none" } }))
      expect(error).toMatchObject({ _tag: "TlsOptionsError", option: "certificate" })
    })
  )

  it.live("leaves no socket open when it stops", () =>
    Effect.gen(function* () {
      const sockets = () =>
        process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length
      const before = sockets()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const one = yield* start({ listen: SCHEMES.map(anywhere) })
          const two = yield* start({ join: one.listening })
          yield* peersOf(two, SCHEMES.length)
          expect(sockets()).toBeGreaterThan(before + 2 * SCHEMES.length)
        })
      )
      // A handle is gone in the turn after it was closed.
      while (sockets() > before) yield* Effect.yieldNow
    })
  )
})
