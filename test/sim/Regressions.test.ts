// Bugs that scenarios have found: the seed that found each, and the bug by itself, since a seed means another run
// as soon as anything changes.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hasher } from "../../src/layers/NodeHashing.ts"
import { runScenario } from "../../src/layers/simulation/Scenario.ts"
import * as Mesh from "../../src/layers/simulation/scenarios/Mesh.ts"
import type { Subnet } from "../../src/services/Identity.ts"
import { addressOf, simulate, startNode } from "../suites/Network.ts"
import { SUBNET } from "../suites/RawPeer.ts"

const subnet: Subnet = { name: "mesh", id: () => SUBNET }

describe("what is said by a connection that gives way to another one", () => {
  it("arrives: mesh, seed 12", () => {
    const { violations } = runScenario(Mesh.mesh, Mesh.mesh.config, 12, { hasher })
    expect(violations.map(String)).toEqual([])
  })

  /** Two nodes dial each other at once, and each says something by the first connection that is done. */
  const race = Effect.gen(function* () {
    const a = yield* startNode("a")
    const b = yield* startNode("b")
    const meet = (one: typeof a, other: typeof b) =>
      Effect.gen(function* () {
        const dialled = yield* Effect.exit(one.peers.dial(addressOf(other.name), subnet))
        yield* Effect.ignore(one.mesh.send(other.mesh.id, ["hello"]))
        return dialled
      })
    yield* Effect.all([meet(a, b), meet(b, a)], { concurrency: "unbounded" })
    yield* Effect.sleep(10_000)
    return [a, b].map(({ received }) => received.length)
  })

  it("arrives, whoever of two has dialled first", () => {
    const seeds = Array.from({ length: 30 }, (_, i) => i + 1)
    const heard = seeds.map((seed) => [seed, ...simulate(race, { seed })])
    expect(heard).toEqual(seeds.map((seed) => [seed, 1, 1]))
  })
})

describe("a stream that a fault has cut off for a moment", () => {
  it("keeps its order (test/layers/simulation/Links.test.ts): mesh-partition, seed 44", () => {
    const { violations } = runScenario(Mesh.partition, Mesh.partition.config, 44, { hasher })
    expect(violations.map(String)).toEqual([])
  })
})

describe("a stream in which the length of a frame was falsified", () => {
  it("is given time to be given up, before all must answer: mesh-loss, seed 63", () => {
    const { violations } = runScenario(Mesh.loss, Mesh.loss.config, 63, { hasher })
    expect(violations.map(String)).toEqual([])
  })
})
