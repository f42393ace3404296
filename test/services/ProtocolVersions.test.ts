// What nodes announce to each other of their protocols, what they refuse, and what they can't have.

import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type { ProtocolProblem } from "../../src/domain/ProtocolProblem.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import * as Protocol from "../../src/services/Protocol.ts"
import * as Stream from "effect/Stream"
import { addressOf, simulate, startNode, until } from "../suites/Network.ts"
import { dialNode } from "../suites/RawPeer.ts"
import { peerCount, startSpeaker } from "../suites/Speakers.ts"
import { Doubled, Said } from "../suites/TestProtocol.ts"

/** The test protocol as other versions of a program have it. */
const versioned = (version: number, minVersion: number) => {
  class Other extends Protocol.Service<Other>()("test", {
    version,
    minVersion,
    messages: [
      Protocol.message(0x30, Said),
      Protocol.request(0x32, Doubled, { answer: Schema.String })
    ]
  }) {}
  return Other.layer({ Said: () => Effect.void, Doubled: () => Effect.succeed("?") }).pipe(
    Layer.provideMerge(
      MeshNode.layer({
        subnets: ["mesh"],
        listen: [addressOf("other")],
        maxOutgoing: 0,
        join: [addressOf("a")]
      })
    ),
    (layer) =>
      Effect.gen(function* () {
        const { node } = yield* Simulation
        const context = yield* node("other", layer)
        const other = Context.get(context, Other)
        const problems: Array<ProtocolProblem> = []
        yield* Effect.forkScoped(
          Stream.runForEach(other.problems, (problem) => Effect.sync(() => problems.push(problem)))
        )
        return { id: Context.get(context, Mesh).id, other, problems }
      })
  )
}

describe("two nodes that meet", () => {
  it("tell each other of their protocols", () => {
    const versions = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const b = yield* startSpeaker("b", { join: ["a"] })
        yield* startNode("mute", { join: ["a"] })
        yield* until("a pair", () => peerCount(a) === 2 && peerCount(b) === 1)
        yield* Effect.sleep(1_000)
        const peers = yield* a.test.peers
        return Object.fromEntries(peers.map(({ address, versions }) => [address.host, versions]))
      })
    )
    expect(versions).toEqual({ b: { version: 2, minVersion: 1 }, mute: undefined })
  })

  it.each([
    [4, 3, "TooNew", "TooOld", "it speaks test in versions 3 to 4, we in versions 1 to 2"],
    [0, 0, "TooOld", "TooNew", "it speaks test in version 0, we in versions 1 to 2"]
  ])("with version %i (from %i) of it are told %s", (version, minVersion, ours, theirs, detail) => {
    const result = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const { id, other, problems } = yield* versioned(version, minVersion)
        yield* until("a pair", () => peerCount(a) === 1)
        const failures = [
          yield* Effect.flip(a.test.send(id, new Said({ text: "hi" }))),
          yield* Effect.flip(a.test.ask(id, new Doubled({ number: 1n }))),
          yield* Effect.flip(other.send(a.test.id, new Said({ text: "hi" })))
        ]
        // A broadcast is for all: each who gets it judges for itself.
        yield* a.test.broadcast(new Said({ text: "all" }))
        yield* other.broadcast(new Said({ text: "all" }))
        yield* until("refused", () => problems.length === 1 && a.problems.length === 1)
        const counters = yield* a.test.counters
        return { failures, problems: [...a.problems, ...problems], counters, heard: a.heard }
      })
    )
    expect(result.failures).toMatchObject([
      { _tag: "IncompatibleError", reason: ours, detail },
      { _tag: "IncompatibleError", reason: ours },
      { _tag: "IncompatibleError", reason: theirs }
    ])
    expect(result.problems).toMatchObject([
      { _tag: "Refused", reason: ours, detail },
      { _tag: "Refused", reason: theirs }
    ])
    expect(result.counters).toMatchObject({ received: 1, refused: 1 })
    expect(result.heard).toEqual([])
  })

  it("work with each other where one has kept to the other's version", () => {
    const heard = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const { other } = yield* versioned(5, 2)
        yield* until("a pair", () => peerCount(a) === 1)
        yield* other.send(a.test.id, new Said({ text: "hi" }))
        yield* until("heard", () => a.heard.length === 1)
        return a.heard[0]?.[0].text
      })
    )
    expect(heard).toBe("hi")
  })

  it("refuse at once what the other does not have, be it ours or an old peer", () => {
    const failures = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const mute = yield* startNode("mute", { join: ["a"] })
        const old = yield* dialNode("old", "a")
        yield* old.handshake()
        yield* until("a pair", () => peerCount(a) === 2)
        return [
          yield* Effect.flip(a.test.ask(mute.mesh.id, new Doubled({ number: 1n }))),
          yield* Effect.flip(a.test.send(old.id, new Said({ text: "hi" })))
        ]
      })
    )
    expect(failures).toMatchObject([
      { _tag: "IncompatibleError", reason: "Unknown" },
      { _tag: "IncompatibleError", reason: "Unknown" }
    ])
  })

  it("hear of a protocol that begins or ends later", () => {
    const seen = simulate(
      Effect.gen(function* () {
        const a = yield* startSpeaker("a")
        const { node } = yield* Simulation
        const listen = [addressOf("late")]
        const late = yield* node(
          "late",
          MeshNode.layer({ subnets: ["mesh"], listen, join: [addressOf("a")] })
        )
        yield* until("a pair", () => peerCount(a) === 1)
        const versions = () => Effect.runSync(a.test.peers)[0]?.versions?.version
        const announced: Array<number | undefined> = []
        yield* Effect.forkScoped(
          Stream.runForEach(a.test.announcements, ({ versions }) =>
            Effect.sync(() => announced.push(versions?.version))
          )
        )
        const seen = [versions()]
        class Other extends Protocol.Service<Other>()("test", { version: 2, messages: [] }) {}
        const scope = yield* Scope.make()
        yield* Layer.buildWithScope(Other.layer({}), scope).pipe(Effect.provideContext(late))
        yield* Effect.sleep(1_000)
        seen.push(versions())
        yield* Scope.close(scope, Exit.void)
        yield* Effect.sleep(1_000)
        seen.push(versions())
        return { seen, announced }
      })
    )
    expect(seen).toEqual({ seen: [undefined, 2, undefined], announced: [2, undefined] })
  })
})

describe("a node can't have", () => {
  class Second extends Protocol.Service<Second>()("second", {
    version: 1,
    messages: [Protocol.message(0x30, Said)]
  }) {}
  class SameName extends Protocol.Service<SameName>()("test", { version: 1, messages: [] }) {}
  class Reserved extends Protocol.Service<Reserved>()("reserved", {
    version: 1,
    messages: [Protocol.message(0x0b, Said)]
  }) {}

  class First extends Protocol.Service<First>()("test", {
    version: 1,
    messages: [Protocol.message(0x30, Said)]
  }) {}
  const nothing = { Said: () => Effect.void }

  it.each([
    ["another with one of its flags", Second.layer(nothing), "FlagTaken", 'protocol "test"'],
    ["another with its name", SameName.layer({}), "NameTaken", "of that name"],
    ["one with a flag of 0.7", Reserved.layer(nothing), "ReservedFlag", "0x0b"]
  ] as const)("%s", (_what, layer, reason, part) => {
    const error = simulate(
      Effect.gen(function* () {
        const { node } = yield* Simulation
        const both = Layer.mergeAll(layer, First.layer(nothing)).pipe(
          Layer.provide(MeshNode.layer({ subnets: ["mesh"] }))
        )
        return yield* Effect.flip(node("a", both))
      })
    )
    expect(error).toMatchObject({ _tag: "ProtocolError", reason })
    expect(error.message).toContain(part)
  })
})
