import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { SubscriberLaggedError, Subscribers } from "../../src/services/Subscribers.ts"
import { integers } from "../suites/Arbitraries.ts"

const LIMIT = 10

/** Subscribers of texts, each as large as it is long. */
const texts = () => new Subscribers<string>(LIMIT, ({ length }) => length)

const lagged = new SubscriberLaggedError({ limitBytes: LIMIT })

describe("Subscribers", () => {
  it.effect("gives each subscriber all that is published from then on, in order", () =>
    Effect.gen(function* () {
      const subscribers = texts()
      subscribers.publish("before")
      const first = yield* subscribers.subscribe
      subscribers.publish("a")
      const second = yield* subscribers.subscribe
      subscribers.publish("b")
      subscribers.publish("c")
      deepStrictEqual(yield* first.takeAll, ["a", "b", "c"])
      deepStrictEqual(yield* second.takeAll, ["b", "c"])
    })
  )

  it.effect("makes a subscriber wait until there is something", () =>
    Effect.gen(function* () {
      const subscribers = texts()
      const { takeAll } = yield* subscribers.subscribe
      const taken = yield* Effect.forkChild(takeAll, { startImmediately: true })
      expect(taken.pollUnsafe()).toBe(undefined)
      subscribers.publish("a")
      deepStrictEqual(yield* Fiber.join(taken), ["a"])
    })
  )

  it.effect("knows whether anybody listens", () =>
    Effect.gen(function* () {
      const subscribers = texts()
      const scope = yield* Scope.make()
      expect(subscribers.isEmpty).toBe(true)
      yield* Scope.provide(subscribers.subscribe, scope)
      expect(subscribers.isEmpty).toBe(false)
      yield* Scope.close(scope, Exit.void)
      expect(subscribers.isEmpty).toBe(true)
      subscribers.publish("to nobody")
    })
  )

  it.effect("tells its owner of each that has fallen behind, once", () =>
    Effect.gen(function* () {
      let count = 0
      const sizeOf = ({ length }: string) => length
      const subscribers = new Subscribers<string>(LIMIT, sizeOf, () => count++)
      yield* subscribers.subscribe
      subscribers.publish("0123456789")
      expect(count).toBe(0)
      subscribers.publish("a")
      expect(count).toBe(1)
      subscribers.publish("b")
      expect(count).toBe(1)
    })
  )

  it.effect("tells a subscriber that has fallen behind, after what it has in hand", () =>
    Effect.gen(function* () {
      const subscribers = texts()
      const slow = yield* subscribers.subscribe
      subscribers.publish("12345")
      subscribers.publish("67890")
      expect(subscribers.isEmpty).toBe(false)
      subscribers.publish("!")
      expect(subscribers.isEmpty).toBe(true)
      subscribers.publish("lost")
      deepStrictEqual(yield* slow.takeAll, ["12345", "67890"])
      deepStrictEqual(yield* Effect.flip(slow.takeAll), lagged)
      deepStrictEqual(yield* Effect.flip(slow.takeAll), lagged)
    })
  )

  it.effect("lets no subscriber pay for another", () =>
    Effect.gen(function* () {
      const subscribers = texts()
      const slow = yield* subscribers.subscribe
      const quick = yield* subscribers.subscribe
      for (let i = 0; i < 20; i++) {
        subscribers.publish(`${i} is it`)
        deepStrictEqual(yield* quick.takeAll, [`${i} is it`])
      }
      deepStrictEqual(yield* slow.takeAll, ["0 is it"])
      deepStrictEqual(yield* Effect.flip(slow.takeAll), lagged)
    })
  )

  it.effect("counts an item that is too large alone as falling behind", () =>
    Effect.gen(function* () {
      const subscribers = texts()
      const { takeAll } = yield* subscribers.subscribe
      subscribers.publish("x".repeat(LIMIT + 1))
      deepStrictEqual(yield* Effect.flip(takeAll), lagged)
    })
  )

  const plan = Arbitrary.array(Arbitrary.all({ publish: integers(0, 6), take: integers(0, 2) }), {
    maxLength: 10
  })

  it.effect.prop("loses nothing without saying so", { plan }, ({ plan }) =>
    Effect.gen(function* () {
      const subscribers = texts()
      const { takeAll } = yield* subscribers.subscribe
      const taken: Array<string> = []
      const expected: Array<string> = []
      let waiting = 0
      let isLagging = false
      for (const [i, { publish, take }] of plan.entries()) {
        const item = String(i).repeat(publish)
        subscribers.publish(item)
        isLagging ||= waiting + publish > LIMIT
        if (!isLagging) {
          waiting += publish
          expected.push(item)
        }
        if (take === 0 && expected.length > taken.length) {
          taken.push(...(yield* takeAll))
          waiting = 0
        }
      }
      if (expected.length > taken.length) taken.push(...(yield* takeAll))
      deepStrictEqual(taken, expected)
      if (isLagging) deepStrictEqual(yield* Effect.flip(takeAll), lagged)
    }).pipe(Effect.scoped)
  )

  it.effect("is a stream too, which fails when it lags, and ends its subscription", () =>
    Effect.gen(function* () {
      const subscribers = texts()
      const received: Array<string> = []
      const reader = yield* Effect.forkChild(
        Stream.runForEach(subscribers.stream, (item) => Effect.sync(() => received.push(item))),
        { startImmediately: true }
      )
      subscribers.publish("a")
      subscribers.publish("b")
      yield* Effect.repeat(Effect.yieldNow, { times: 5 })
      deepStrictEqual(received, ["a", "b"])
      subscribers.publish("x".repeat(LIMIT + 1))
      deepStrictEqual(yield* Effect.flip(Fiber.join(reader)), lagged)
      expect(subscribers.isEmpty).toBe(true)
    })
  )

  it.effect("ends a stream's subscription with the stream", () =>
    Effect.gen(function* () {
      const subscribers = texts()
      const reader = yield* Effect.forkChild(
        Stream.runCollect(Stream.take(subscribers.stream, 2)),
        {
          startImmediately: true
        }
      )
      for (const item of ["a", "b", "c"]) subscribers.publish(item)
      deepStrictEqual(yield* Fiber.join(reader), ["a", "b"])
      expect(subscribers.isEmpty).toBe(true)
    })
  )
})
