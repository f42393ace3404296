// What a node draws is its own: neither another node's draws nor another node change it.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Bytes from "../../src/domain/Bytes.ts"
import { simulate, Simulation } from "../../src/layers/simulation/Simulation.ts"

/** A process that draws some numbers and some bytes, a few at a time. */
const drawing = (draws: Array<string>, count: number) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const secure = yield* SecureRandom.SecureRandom
      const draw = Effect.gen(function* () {
        draws.push(`${yield* Random.next}`, Bytes.toHex(yield* secure.randomBytes(4)))
        yield* Effect.sleep(10)
      })
      yield* Effect.forkScoped(Effect.repeat(draw, { times: count - 1 }))
    })
  )

/** What nodes draw, by name, each as often as it is told to. */
const drawn = (counts: Readonly<Record<string, number>>, seed = 1) =>
  simulate(
    Effect.gen(function* () {
      const simulation = yield* Simulation
      const all: Record<string, ReadonlyArray<string>> = {}
      for (const [name, count] of Object.entries(counts)) {
        const draws: Array<string> = []
        all[name] = draws
        yield* simulation.node(name, drawing(draws, count))
      }
      yield* Effect.sleep(1_000)
      return all
    }),
    { seed }
  )

describe("the draws of a node", () => {
  it.effect("are those of its name and the seed", () =>
    Effect.gen(function* () {
      const { a, b } = yield* drawn({ a: 5, b: 5 })
      expect(a).toHaveLength(10)
      expect(new Set([...(a ?? []), ...(b ?? [])]).size).toBe(20)
      expect((yield* drawn({ a: 5 }, 2))["a"]).not.toEqual(a)
    })
  )

  it.effect("stay the same when another node draws more", () =>
    Effect.gen(function* () {
      const before = yield* drawn({ a: 5, b: 5 })
      const after = yield* drawn({ a: 5, b: 50 })
      expect(after["a"]).toEqual(before["a"])
    })
  )

  it.effect("stay the same when nodes are added before it and behind it", () =>
    Effect.gen(function* () {
      const before = yield* drawn({ a: 5 })
      const after = yield* drawn({ first: 9, a: 5, last: 9 })
      expect(after["a"]).toEqual(before["a"])
    })
  )
})
