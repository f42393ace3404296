// Answers that can't be sent as they are: their askers are told so, and do not wait.

import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { CARRY_MAX_BYTES, FRAME_BODY_MAX_BYTES, VALUE_WEIGHT_MAX } from "../../src/domain/Limits.ts"
import { Value } from "../../src/domain/Value.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import * as Protocol from "../../src/services/Protocol.ts"
import { addressOf, simulate, startNode, until } from "../suites/Network.ts"

class Bytes extends Schema.TaggedClass<Bytes>()("Bytes", { count: Schema.Int }) {}
class Values extends Schema.TaggedClass<Values>()("Values", { count: Schema.Int }) {}

class Store extends Protocol.Service<Store>()("store", {
  version: 1,
  messages: [
    Protocol.request(0x30, Bytes, { answer: Schema.Uint8Array }),
    Protocol.request(0x31, Values, { answer: Value })
  ]
}) {}

const startStore = Effect.fnUntraced(function* (name: string, subnet: string, join: string) {
  const { node } = yield* Simulation
  const context = yield* node(
    name,
    Layer.provideMerge(
      Store.layer({
        Bytes: ({ count }) => Effect.succeed(new Uint8Array(count)),
        Values: ({ count }) => Effect.succeed(Array.from({ length: count }, () => 0))
      }),
      MeshNode.layer({ subnets: [subnet], listen: [addressOf(name)], join: [addressOf(join)] })
    )
  )
  return { store: Context.get(context, Store), mesh: Context.get(context, Mesh) }
})

const reasonOf = (error: { readonly _tag: string; readonly reason?: string }) =>
  `${error._tag} ${error.reason ?? ""}`

describe("an answer", () => {
  it("of more than a frame holds is refused, and one that fits is not", () => {
    const outcomes = simulate(
      Effect.gen(function* () {
        const a = yield* startStore("a", "mesh", "b")
        const b = yield* startStore("b", "mesh", "a")
        yield* until("a pair", () => Effect.runSync(a.mesh.peers).length === 1)
        const ask = (asked: Bytes | Values) =>
          Effect.match(a.store.ask(b.store.id, asked, { timeout: "5 seconds" }), {
            onFailure: reasonOf,
            onSuccess: () => "answered"
          })
        return [
          yield* ask(new Bytes({ count: FRAME_BODY_MAX_BYTES - 1024 })),
          yield* ask(new Bytes({ count: FRAME_BODY_MAX_BYTES })),
          yield* ask(new Values({ count: 1_000 })),
          yield* ask(new Values({ count: VALUE_WEIGHT_MAX }))
        ]
      })
    )
    const refused = "AskError TooLarge"
    expect(outcomes).toEqual(["answered", refused, "answered", refused])
  })

  it("of more than is carried is refused across a bridge", () => {
    const outcomes = simulate(
      Effect.gen(function* () {
        yield* startNode("bridge", { subnets: ["left", "right"] })
        const left = yield* startStore("left", "left", "bridge")
        const right = yield* startStore("right", "right", "bridge")
        const peersOf = ({ mesh }: typeof left) => Effect.runSync(mesh.peers).length
        yield* until("a bridge", () => peersOf(left) + peersOf(right) === 2)
        yield* right.mesh.broadcast(["I am here"])
        yield* Effect.sleep(1_000)
        const ask = (count: number) =>
          Effect.match(left.store.ask(right.store.id, new Bytes({ count })), {
            onFailure: reasonOf,
            onSuccess: () => "answered"
          })
        return [yield* ask(CARRY_MAX_BYTES - 1024), yield* ask(CARRY_MAX_BYTES)]
      })
    )
    expect(outcomes).toEqual(["answered", "AskError TooLarge"])
  })
})
