import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import { Disk } from "../../../src/layers/simulation/SimulatedJournal.ts"
import { simulate } from "../../../src/layers/simulation/Simulation.ts"
import type { Batch } from "../../../src/services/Journal.ts"

const batch = (after: number, first: string, ...rest: ReadonlyArray<string>): Batch => ({
  stream: "s",
  after,
  atMillis: 0,
  events: [first, ...rest]
})

const kept = (disk: Disk) => (disk.storage.get("s") ?? []).map(({ event }) => event)

const inTime = <A, E>(program: Effect.Effect<A, E>) => simulate(program, { seed: 1 })

describe("a simulated disk", () => {
  it.effect("keeps what is written, for the next life too", () =>
    Effect.gen(function* () {
      const disk = new Disk()
      yield* disk.journal(() => true).append(batch(0, "a", "b"))
      yield* disk.journal(() => true).append(batch(2, "c"))
      expect(kept(disk)).toEqual(["a", "b", "c"])
    })
  )

  it.effect("fails as many writes as it is told to, and keeps nothing of them", () =>
    Effect.gen(function* () {
      const disk = new Disk()
      const { append } = disk.journal(() => true)
      disk.failing = 2
      const results = [
        yield* Effect.result(append(batch(0, "a"))),
        yield* Effect.result(append(batch(0, "b"))),
        yield* Effect.result(append(batch(0, "c")))
      ]
      expect(results.map(Result.isSuccess)).toEqual([false, false, true])
      expect(kept(disk)).toEqual(["c"])
    })
  )

  it.effect("keeps nothing of a process that is dead", () =>
    Effect.gen(function* () {
      const disk = new Disk()
      const exit = yield* Effect.exit(disk.journal(() => false).append(batch(0, "a")))
      expect([Exit.isFailure(exit), kept(disk)]).toEqual([true, []])
    })
  )

  it.effect("keeps a slow write when its time is over, and says so then", () =>
    inTime(
      Effect.gen(function* () {
        const disk = new Disk()
        disk.writeMillis = 100
        const write = yield* Effect.forkChild(disk.journal(() => true).append(batch(0, "a")))
        yield* Effect.sleep(99)
        expect([kept(disk), write.pollUnsafe()]).toEqual([[], undefined])
        yield* Fiber.join(write)
        expect(kept(disk)).toEqual(["a"])
      })
    )
  )

  const cutShort = (isTorn: boolean, draw: number) =>
    Effect.gen(function* () {
      const disk = new Disk()
      let isAlive = true
      const { append } = disk.journal(() => isAlive)
      yield* append(batch(0, "a"))
      disk.writeMillis = 100
      const write = yield* Effect.forkChild(Effect.exit(append(batch(1, "b", "c", "d"))))
      yield* Effect.sleep(50)
      isAlive = false
      const lost = disk.cutShort(isTorn, () => draw)
      const exit = yield* Fiber.join(write)
      return { lost, kept: kept(disk), isKept: Exit.isSuccess(exit) }
    })

  it.effect("loses a write that a crash has come before", () =>
    Effect.map(inTime(cutShort(false, 0.9)), (outcome) =>
      expect(outcome).toEqual({ lost: 1, kept: ["a"], isKept: false })
    )
  )

  it.effect("keeps a part of a write that a crash tears", () =>
    Effect.map(inTime(cutShort(true, 0.6)), (outcome) =>
      expect(outcome).toEqual({ lost: 1, kept: ["a", "b", "c"], isKept: false })
    )
  )
})
