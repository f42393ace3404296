/**
 * Events for whoever listens: each listener has a queue of its own, and one that falls too far behind loses the
 * oldest. Nobody waits, and nothing is kept while nobody listens.
 *
 * It does what a sliding `PubSub` does, whose ring is as large from the start as it may ever get: several of
 * them were a third of what a node took in memory.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

export class EventHub<A> {
  private readonly capacity: number
  private readonly queues = new Set<Queue.Queue<A, Cause.Done>>()
  private isClosed = false

  /** `capacity` is how many events a listener may be behind. */
  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Tells everybody who listens. */
  readonly publish = (event: A): void => {
    for (const queue of this.queues) Queue.offerUnsafe(queue, event)
  }

  /** Listens from now on, for as long as the scope lives. */
  readonly subscribe: Effect.Effect<Stream.Stream<A>, never, Scope.Scope> = Effect.gen(
    { self: this },
    function* () {
      const queue = yield* Queue.sliding<A, Cause.Done>(this.capacity)
      if (this.isClosed) Queue.endUnsafe(queue)
      else this.queues.add(queue)
      yield* Effect.addFinalizer(() => {
        this.queues.delete(queue)
        return Queue.shutdown(queue)
      })
      return Stream.fromQueue(queue)
    }
  )

  /** All that is told from the moment on that the stream runs; it ends when the hub closes. */
  readonly stream: Stream.Stream<A> = Stream.unwrap(Effect.suspend(() => this.subscribe))

  /** Ends all streams, once they have given what they have. */
  readonly close: Effect.Effect<void> = Effect.sync(() => {
    this.isClosed = true
    for (const queue of this.queues) Queue.endUnsafe(queue)
    this.queues.clear()
  })
}
