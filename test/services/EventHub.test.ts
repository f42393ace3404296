import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { EventHub } from "../../src/services/EventHub.ts"

/** Listens until the hub closes. */
const listening = <A>(hub: EventHub<A>) =>
  Effect.forkChild(Stream.runCollect(hub.stream), { startImmediately: true })

describe("an event hub", () => {
  it.effect("tells all who listen, in order, and ends with what it has told", () =>
    Effect.gen(function* () {
      const hub = new EventHub<number>(100)
      hub.publish(0)
      const first = yield* listening(hub)
      hub.publish(1)
      const second = yield* listening(hub)
      hub.publish(2)
      yield* hub.close
      expect(yield* Fiber.join(first)).toEqual([1, 2])
      expect(yield* Fiber.join(second)).toEqual([2])
    })
  )

  it.effect("loses the oldest for one who is too far behind, and nothing for others", () =>
    Effect.gen(function* () {
      const hub = new EventHub<number>(3)
      const slow = yield* Effect.scoped(
        Effect.gen(function* () {
          const stream = yield* hub.subscribe
          const quick = yield* listening(hub)
          for (let i = 0; i < 10; i++) {
            hub.publish(i)
            yield* Effect.yieldNow
          }
          yield* hub.close
          expect(yield* Fiber.join(quick)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
          return yield* Stream.runCollect(stream)
        })
      )
      expect(slow).toEqual([7, 8, 9])
    })
  )

  it.effect("has ended for who comes when it is closed", () =>
    Effect.gen(function* () {
      const hub = new EventHub<number>(3)
      yield* hub.close
      hub.publish(1)
      expect(yield* Stream.runCollect(hub.stream)).toEqual([])
    })
  )
})
