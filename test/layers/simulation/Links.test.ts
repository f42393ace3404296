import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { LinkOptions } from "../../../src/layers/simulation/Links.ts"
import { addressOf } from "../../../src/layers/simulation/Network.ts"
import { simulate, Simulation } from "../../../src/layers/simulation/Simulation.ts"
import { joined, readAll } from "../../suites/Streams.ts"

/** What was written at b, after how many milliseconds each piece came to a, and what they held. */
const arrivals = (options: LinkOptions, writes: ReadonlyArray<number>, from = "b") =>
  simulate(
    Effect.gen(function* () {
      const { far, near } = yield* joined("a", from)
      const read = yield* readAll(near)
      for (const length of writes) yield* far.write(new Uint8Array(length).fill(7))
      yield* Effect.sleep(60_000)
      return read.pieces
    }),
    { seed: 1, ...options }
  )

const fixed = (millis: number) => ({ _tag: "Fixed", millis }) as const

describe("a link", () => {
  it.effect("delays by a fixed time", () =>
    Effect.map(arrivals({ latency: fixed(30) }, [10, 10]), (pieces) =>
      expect(pieces.map(({ afterMillis }) => afterMillis)).toEqual([30, 30])
    )
  )

  it.effect("delays by times within bounds, and keeps the order", () =>
    Effect.map(
      arrivals({ latency: { _tag: "Uniform", minMillis: 5, maxMillis: 50 } }, Array(200).fill(1)),
      (pieces) => {
        const times = pieces.map(({ afterMillis }) => afterMillis)
        expect(times).toHaveLength(200)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        expect(Math.min(...times)).toBeGreaterThanOrEqual(5)
        expect(Math.max(...times)).toBeLessThanOrEqual(50)
        expect(new Set(times).size).toBeGreaterThan(3)
      }
    )
  )

  it.effect("keeps the order of what is cut off on its way, and of what is sent meanwhile", () =>
    simulate(
      Effect.gen(function* () {
        const { faults } = yield* Simulation
        const { far, near } = yield* joined("a", "b")
        const read = yield* readAll(near)
        const write = (byte: number) => far.write(Uint8Array.of(byte))
        yield* write(1) // would arrive after 10 ms
        yield* Effect.sleep(3)
        yield* write(2) // after 13
        yield* Effect.sleep(3)
        faults.hold("b", "a")
        yield* write(3) // waits
        yield* Effect.sleep(5) // the first has met the fault, the second is on its way still
        faults.release("b", "a")
        yield* write(4)
        yield* Effect.sleep(1_000)
        expect(read.pieces.flatMap(({ bytes }) => [...bytes])).toEqual([1, 2, 3, 4])
      }),
      { seed: 1, latency: fixed(10) }
    )
  )

  it.effect("delays by times that are mostly near a median", () =>
    Effect.gen(function* () {
      const latency = { _tag: "LogNormal", medianMillis: 40, sigma: 0.5 } as const
      const firsts: Array<number> = []
      for (let i = 0; i < 60; i++) {
        const [piece] = yield* arrivals({ latency }, [1], `b${i}`)
        firsts.push(piece?.afterMillis ?? 0)
      }
      const below = firsts.filter((millis) => millis < 40).length
      expect(below).toBeGreaterThan(15)
      expect(below).toBeLessThan(45)
    })
  )

  it.effect("delays by the distance of two hosts", () =>
    Effect.gen(function* () {
      const latency = (from: string) => fixed(from === "near" ? 3 : 300)
      const near = yield* arrivals({ latency }, [1], "near")
      const far = yield* arrivals({ latency }, [1], "far")
      expect([near[0]?.afterMillis, far[0]?.afterMillis]).toEqual([3, 300])
    })
  )

  it.effect("takes the time that its bandwidth makes of what is written", () =>
    Effect.map(arrivals({ latency: fixed(10), bandwidth: 1_000 }, [500, 250]), (pieces) =>
      expect(pieces.map(({ afterMillis }) => afterMillis)).toEqual([510, 760])
    )
  )

  it.effect("cuts what is written anywhere, and loses nothing of it", () =>
    Effect.map(arrivals({ cutting: 1 }, [1_000, 1_000, 1_000]), (pieces) => {
      const lengths = pieces.map(({ bytes }) => bytes.length)
      expect(lengths.length).toBeGreaterThan(3)
      expect(lengths.reduce((a, b) => a + b, 0)).toBe(3_000)
    })
  )

  it.effect("carries nothing to an address where nobody listens", () =>
    simulate(
      Effect.gen(function* () {
        const { transport } = yield* Effect.map(joined("a", "b"), ({ simulation }) => simulation)
        const error = yield* Effect.flip(transport("b").dial(addressOf("nobody")))
        expect(error.reason).toBe("Dial")
      }),
      { seed: 1 }
    )
  )
})
