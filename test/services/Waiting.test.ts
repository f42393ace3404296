import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Waiting } from "../../src/services/Waiting.ts"

const fork = Effect.forkChild({ startImmediately: true })

describe("Waiting", () => {
  it.effect("has nobody wait where there is nothing to wait for", () =>
    new Waiting().while(() => false)
  )

  it.effect("lets all go who wait, and has those wait who come after", () =>
    Effect.gen(function* () {
      const waiting = new Waiting()
      const wait = waiting.while(() => true)
      const first = [yield* fork(wait), yield* fork(wait)]
      waiting.wake()
      yield* Fiber.joinAll(first)
      const late = yield* fork(wait)
      expect(late.pollUnsafe()).toBeUndefined()
      waiting.wake()
      yield* Fiber.join(late)
    })
  )

  it.effect("asks when it is run, not when it is made", () =>
    Effect.gen(function* () {
      let isToWait = true
      const wait = new Waiting().while(() => isToWait)
      isToWait = false
      yield* wait
    })
  )

  it.effect("forgets one who goes, and wakes the others", () =>
    Effect.gen(function* () {
      const waiting = new Waiting()
      const [gone, stays] = [
        yield* fork(waiting.while(() => true)),
        yield* fork(waiting.while(() => true))
      ]
      yield* Fiber.interrupt(gone)
      waiting.wake()
      yield* Fiber.join(stays)
    })
  )

  it.effect("keeps no wake-up for one who comes later", () =>
    Effect.gen(function* () {
      const waiting = new Waiting()
      waiting.wake()
      const late = yield* fork(waiting.while(() => true))
      expect(late.pollUnsafe()).toBeUndefined()
      waiting.wake()
      yield* Fiber.join(late)
    })
  )
})
