import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as MemoryJournal from "../../src/layers/MemoryJournal.ts"
import { makeLocal } from "../../src/services/EventSourced.ts"
import { JournalError } from "../../src/services/Journal.ts"
import { Supervisor } from "../../src/services/Supervisor.ts"
import {
  add,
  added,
  type Command,
  decider,
  keptIn,
  LedgerError,
  NAME,
  range,
  start,
  started
} from "../suites/Ledger.ts"

/** A body with a supervisor and a scope that end with it. */
const test = (title: string, body: Effect.Effect<void, unknown, Supervisor | Scope.Scope>) =>
  it.effect(title, () => Effect.scoped(body).pipe(Effect.provide(Supervisor.layer)))

const brokenJournal = new JournalError({ reason: "Append", stream: NAME, detail: "full disk" })

describe("an event-sourced actor", () => {
  test(
    "keeps events before anybody sees them",
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      let look = () => {}
      const { kept, ledger, published } = yield* started({
        before: () => Effect.sync(() => look())
      })
      look = () => void seen.push([ledger.state(), [...published], kept().length])
      deepStrictEqual(yield* ledger.dispatch(add(1, 2)), added(1, 2))
      yield* Effect.yieldNow
      look()
      deepStrictEqual(yield* ledger.dispatch(add(3)), added(3))
      yield* Effect.yieldNow
      look()
      deepStrictEqual(seen, [
        [[], [], 0],
        [[1, 2], [1, 2], 2],
        [[1, 2], [1, 2], 2],
        [[1, 2, 3], [1, 2, 3], 3]
      ])
      deepStrictEqual(kept(), added(1, 2, 3))
    })
  )

  test(
    "publishes what is applied, in order, with the state at hand",
    Effect.gen(function* () {
      const storage: MemoryJournal.Storage = new Map()
      const ledger = yield* start({ storage })
      const seen: Array<unknown> = []
      yield* Effect.forkScoped(
        Stream.runForEach(ledger.events, ({ entry }) =>
          Effect.sync(() => seen.push([entry, ledger.state().length, keptIn(storage).length]))
        ),
        { startImmediately: true }
      )
      yield* ledger.dispatch(add(7, 8))
      yield* Effect.yieldNow
      deepStrictEqual(seen, [
        [7, 2, 2],
        [8, 2, 2]
      ])
    })
  )

  test(
    "writes down when a command was decided",
    Effect.gen(function* () {
      const { ledger, storage } = yield* started()
      yield* TestClock.setTime(1234)
      yield* ledger.dispatch(add(1))
      deepStrictEqual(storage.get(NAME), [
        { sequence: 1, atMillis: 1234, event: { _tag: "Added", entry: 1 } }
      ])
    })
  )

  test(
    "starts from the journal's replay, and writes on behind it",
    Effect.gen(function* () {
      const { ledger: first, storage } = yield* started()
      yield* first.dispatch(add(1, 2))
      const scope = yield* Scope.make()
      const second = yield* Scope.provide(start({ storage }), scope)
      deepStrictEqual(second.state(), [1, 2])
      yield* second.dispatch(add(3))
      yield* Scope.close(scope, Exit.void)
      deepStrictEqual((yield* start({ storage })).state(), [1, 2, 3])
    })
  )

  test(
    "does not start over a journal that it can't read",
    Effect.gen(function* () {
      const storage = new Map([[NAME, [{ sequence: 1, atMillis: 0, event: { _tag: "Gone" } }]]])
      const error = yield* Effect.flip(start({ storage }))
      expect(error).toBeInstanceOf(JournalError)
      expect(error).toMatchObject({ reason: "Corrupt", stream: NAME })
    })
  )

  test(
    "gives the decider's refusal to its caller alone",
    Effect.gen(function* () {
      const { kept, ledger, published } = yield* started()
      yield* ledger.dispatch(add(1))
      const commands: ReadonlyArray<Command> = [add(2), { _tag: "AddNew", entry: 1 }, add(3)]
      const results = yield* Effect.forEach(
        commands,
        (command) => Effect.result(ledger.dispatch(command)),
        { concurrency: "unbounded" }
      )
      deepStrictEqual(results, [
        Result.succeed(added(2)),
        Result.fail(new LedgerError({ entry: 1 })),
        Result.succeed(added(3))
      ])
      yield* Effect.yieldNow
      deepStrictEqual([ledger.state(), published, kept()], [[1, 2, 3], [1, 2, 3], added(1, 2, 3)])
    })
  )

  test(
    "writes nothing for a command without events",
    Effect.gen(function* () {
      let appends = 0
      const before = () => Effect.sync(() => void appends++)
      const { ledger } = yield* started({ before })
      deepStrictEqual(yield* ledger.dispatch(add()), [])
      expect(appends).toBe(0)
    })
  )

  test(
    "decides each command on what those before it have brought about",
    Effect.gen(function* () {
      const { ledger } = yield* started()
      const results = yield* Effect.forEach(
        range(0, 300),
        (i) => Effect.result(ledger.dispatch({ _tag: "AddNew", entry: i % 100 })),
        { concurrency: "unbounded" }
      )
      expect(results.map(Result.isSuccess)).toEqual(range(0, 300).map((i) => i < 100))
      deepStrictEqual(ledger.state(), range(0, 100))
    })
  )

  test(
    "tells callers where their events could not be kept, and stays as it was",
    Effect.gen(function* () {
      let isBroken = true
      const before = () => (isBroken ? Effect.fail(brokenJournal) : Effect.void)
      const { kept, ledger, published } = yield* started({ before })
      const results = yield* Effect.forEach(
        [add(1), add(2, 3)],
        (command) => Effect.result(ledger.dispatch(command)),
        { concurrency: "unbounded" }
      )
      deepStrictEqual(results, [Result.fail(brokenJournal), Result.fail(brokenJournal)])
      yield* Effect.yieldNow
      deepStrictEqual([ledger.state(), published, kept()], [[], [], []])
      isBroken = false
      deepStrictEqual(yield* ledger.dispatch(add(4)), added(4))
      deepStrictEqual([ledger.state(), kept()], [[4], added(4)])
    })
  )

  test(
    "does not write where somebody else has written, and reads that before it goes on",
    Effect.gen(function* () {
      const { kept, ledger, storage } = yield* started()
      yield* ledger.dispatch(add(1))
      const rival = MemoryJournal.make(storage)
      const event = { _tag: "Added", entry: 2 }
      yield* rival.append({ stream: NAME, after: 1, atMillis: 0, events: [event] })
      const error = yield* Effect.flip(ledger.dispatch(add(3)))
      expect(error).toMatchObject({ _tag: "JournalError", reason: "Conflict" })
      deepStrictEqual([ledger.state(), kept()], [[1], added(1, 2)])
      yield* ledger.dispatch(add(4))
      deepStrictEqual([ledger.state(), kept()], [[1, 2, 4], added(1, 2, 4)])
    })
  )

  test(
    "finds what was kept after all, though the journal had failed",
    Effect.gen(function* () {
      const storage: MemoryJournal.Storage = new Map()
      const rival = MemoryJournal.make(storage)
      let isBroken = true
      const ledger = yield* start({
        storage,
        before: (batch) =>
          isBroken ? Effect.andThen(rival.append(batch), Effect.fail(brokenJournal)) : Effect.void
      })
      deepStrictEqual(yield* Effect.flip(ledger.dispatch(add(1))), brokenJournal)
      isBroken = false
      const known = yield* Effect.flip(ledger.dispatch({ _tag: "AddNew", entry: 1 }))
      deepStrictEqual(known, new LedgerError({ entry: 1 }))
      yield* ledger.dispatch(add(2))
      deepStrictEqual([ledger.state(), keptIn(storage)], [[1, 2], added(1, 2)])
    })
  )
})

describe("an event-sourced state inside another actor", () => {
  it("decides, keeps and applies in one step, and recovers from what it kept", () => {
    const local = makeLocal(decider)
    deepStrictEqual(local.dispatch(add(1, 2), 0), Result.succeed(added(1, 2)))
    deepStrictEqual(
      local.dispatch({ _tag: "AddNew", entry: 2 }, 0),
      Result.fail(new LedgerError({ entry: 2 }))
    )
    deepStrictEqual([local.state(), local.events()], [[1, 2], added(1, 2)])
    const before = local.state()
    local.recover()
    expect(local.state()).not.toBe(before)
    deepStrictEqual(local.state(), before)
  })

  it("keeps nothing of a command that throws", () => {
    const local = makeLocal(decider)
    local.dispatch(add(1), 0)
    expect(() => local.dispatch({ _tag: "Poison", where: "decide" }, 0)).toThrow("poison")
    deepStrictEqual([local.state(), local.events()], [[1], added(1)])
  })
})
