import { describe, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Effect from "effect/Effect"
import * as MemoryJournal from "../../src/layers/MemoryJournal.ts"
import { append, journalSuite, replayed } from "../suites/Journal.ts"

journalSuite("MemoryJournal", MemoryJournal.layer)

describe("MemoryJournal", () => {
  it.effect("is empty each time its layer is built", () =>
    Effect.gen(function* () {
      yield* Effect.provide(append("a", 0, [1]), MemoryJournal.layer, { local: true })
      const entries = yield* Effect.provide(replayed("a"), MemoryJournal.layer, { local: true })
      deepStrictEqual(entries, [])
    })
  )

  it.effect("outlives its layer over contents of the caller's", () =>
    Effect.gen(function* () {
      const storage: MemoryJournal.Storage = new Map()
      yield* Effect.provide(append("a", 0, [1]), MemoryJournal.layerStorage(storage))
      yield* Effect.provide(append("a", 1, [2]), MemoryJournal.layerStorage(storage))
      deepStrictEqual(yield* Effect.provide(replayed("a"), MemoryJournal.layerStorage(storage)), [
        { sequence: 1, atMillis: 0, event: 1 },
        { sequence: 2, atMillis: 0, event: 2 }
      ])
    })
  )
})
