import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import { CommandFailedError } from "../../src/services/EventSourced.ts"
import { Supervisor } from "../../src/services/Supervisor.ts"
import { integers, oneOf, thorough } from "../suites/Arbitraries.ts"
import { add, added, type Command, NAME, range, start, started } from "../suites/Ledger.ts"

/** A body with a supervisor and a scope that end with it. */
const test = (title: string, body: Effect.Effect<void, unknown, Supervisor | Scope.Scope>) =>
  it.effect(title, () => Effect.scoped(body).pipe(Effect.provide(Supervisor.layer)))

describe("an event-sourced actor that dies", () => {
  it.effect.each(["decide", "evolve", "encode"] as const)(
    "survives a command that kills it: in %s",
    (where) =>
      Effect.gen(function* () {
        const { kept, ledger, published } = yield* started()
        const supervisor = yield* Supervisor
        yield* ledger.dispatch(add(0))
        const commands: ReadonlyArray<Command> = [
          ...range(1, 10).map((entry) => add(entry)),
          { _tag: "Poison", where },
          ...range(10, 20).map((entry) => add(entry))
        ]
        const results = yield* Effect.forEach(
          commands,
          (command) => Effect.result(ledger.dispatch(command)),
          { concurrency: "unbounded" }
        )
        // The guilty one is told, all others are done, once.
        const failure = "the actor died while it ran"
        deepStrictEqual(results, [
          ...range(1, 10).map((entry) => Result.succeed(added(entry))),
          Result.fail(new CommandFailedError({ actor: NAME, attempts: 2, failure })),
          ...range(10, 20).map((entry) => Result.succeed(added(entry)))
        ])
        yield* Effect.yieldNow
        deepStrictEqual(ledger.state(), range(0, 20))
        deepStrictEqual(kept(), added(...range(0, 20)))
        deepStrictEqual(published, range(0, 20))
        expect((yield* supervisor.actors).get(NAME)?.restarts()).toBe(2)
        deepStrictEqual(yield* ledger.dispatch(add(20)), added(20))
      }).pipe(Effect.scoped, Effect.provide(Supervisor.layer))
  )

  test(
    "finishes what it is writing when it is killed, and does it once",
    Effect.gen(function* () {
      const isWriting = yield* Deferred.make<void>()
      const mayWrite = yield* Deferred.make<void>()
      const { kept, ledger, published } = yield* started({
        before: () =>
          Effect.andThen(Deferred.succeed(isWriting, undefined), Deferred.await(mayWrite))
      })
      const caller = yield* Effect.forkChild(ledger.dispatch(add(1)))
      yield* Deferred.await(isWriting)
      const supervisor = yield* Supervisor
      yield* supervisor.kill(NAME, "a defect, for the test")
      const later = yield* Effect.forkChild(ledger.dispatch(add(2)))
      yield* Deferred.succeed(mayWrite, undefined)
      deepStrictEqual(yield* Fiber.join(caller), added(1))
      deepStrictEqual(yield* Fiber.join(later), added(2))
      yield* Effect.yieldNow
      deepStrictEqual([ledger.state(), published, kept()], [[1, 2], [1, 2], added(1, 2)])
      expect((yield* supervisor.actors).get(NAME)?.restarts()).toBe(1)
    })
  )

  test(
    "lets nobody wait for ever when it stops",
    Effect.gen(function* () {
      const isWriting = yield* Deferred.make<void>()
      const mayWrite = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const ledger = yield* Scope.provide(
        start({
          before: () =>
            Effect.andThen(Deferred.succeed(isWriting, undefined), Deferred.await(mayWrite))
        }),
        scope
      )
      const served = yield* Effect.forkChild(ledger.dispatch(add(1)))
      yield* Deferred.await(isWriting)
      const waiting = yield* Effect.forkChild(ledger.dispatch(add(2)), { startImmediately: true })
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), {
        startImmediately: true
      })
      yield* Deferred.succeed(mayWrite, undefined)
      yield* Fiber.join(closing)
      yield* Fiber.await(served)
      expect(Exit.hasInterrupts(yield* Fiber.await(waiting))).toBe(true)
    })
  )

  const moments = Arbitrary.array(integers(0, 30), { maxLength: 12 })

  it.effect.prop(
    "does each command once or not at all, whenever it is killed",
    { moments, opsBeforeYield: oneOf(3, 4, 5, 7, 2048) },
    ({ moments, opsBeforeYield }) =>
      Effect.gen(function* () {
        const { kept, ledger } = yield* started()
        const supervisor = yield* Supervisor
        const callers = yield* Effect.forkChild(
          Effect.forEach(
            range(0, 30),
            (entry) =>
              Effect.repeat(Effect.yieldNow, { times: entry }).pipe(
                Effect.andThen(Effect.result(ledger.dispatch(add(entry))))
              ),
            { concurrency: "unbounded" }
          )
        )
        for (const moment of moments) {
          yield* Effect.repeat(Effect.yieldNow, { times: moment })
          yield* supervisor.kill(NAME, "a defect, for the test")
        }
        const results = yield* Fiber.join(callers)
        for (const [entry, result] of results.entries()) {
          const times = ledger.state().filter((other) => other === entry).length
          expect(times).toBe(Result.isSuccess(result) ? 1 : 0)
          if (Result.isFailure(result)) expect(result.failure).toBeInstanceOf(CommandFailedError)
        }
        deepStrictEqual(kept(), added(...ledger.state()))
      }).pipe(
        Effect.provideService(Scheduler.MaxOpsBeforeYield, opsBeforeYield),
        Effect.scoped,
        Effect.provide(Supervisor.layer)
      ),
    { ...thorough(12, 40) }
  )
})
