/**
 * Who gets the messages that a node receives: any number of subscribers, each with a buffer capped in
 * bytes. One that falls behind further than that is told so and ends; nobody else waits for it, and
 * nothing is lost in silence.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** A subscriber has fallen behind by more than its buffer holds, and has lost what came after. */
export class SubscriberLaggedError extends Schema.TaggedError<SubscriberLaggedError>()(
  "SubscriberLaggedError",
  { limitBytes: Schema.Int }
) {
  override get message() {
    return `more than ${this.limitBytes} bytes of messages were waiting to be taken`
  }
}

/** One subscriber's end. */
export interface Subscription<A> {
  /** Waits for messages, and takes all that are there. */
  readonly takeAll: Effect.Effect<NonEmptyReadonlyArray<A>, SubscriberLaggedError>
}

interface Subscriber<A> {
  readonly queue: Queue.Queue<A, SubscriberLaggedError>
  bytes: number
}

export class Subscribers<A> {
  private readonly limitBytes: number
  private readonly sizeOf: (item: A) => number
  private readonly onLag: () => void
  private readonly all = new Set<Subscriber<A>>()

  /** `onLag` hears of each that has fallen behind. */
  constructor(limitBytes: number, sizeOf: (item: A) => number, onLag: () => void = constVoid) {
    this.limitBytes = limitBytes
    this.sizeOf = sizeOf
    this.onLag = onLag
  }

  /** Whether anybody listens at all: where not, nothing need be made for them. */
  get isEmpty(): boolean {
    return this.all.size === 0
  }

  publish(item: A): void {
    const size = this.sizeOf(item)
    for (const subscriber of this.all) {
      subscriber.bytes += size
      if (subscriber.bytes <= this.limitBytes) {
        Queue.offerUnsafe(subscriber.queue, item)
        continue
      }
      this.all.delete(subscriber)
      this.onLag()
      const error = new SubscriberLaggedError({ limitBytes: this.limitBytes })
      Queue.failCauseUnsafe(subscriber.queue, Cause.fail(error))
    }
  }

  readonly subscribe: Effect.Effect<Subscription<A>, never, Scope.Scope> = Effect.gen(
    { self: this },
    function* () {
      const queue = yield* Queue.unbounded<A, SubscriberLaggedError>()
      const subscriber: Subscriber<A> = { queue, bytes: 0 }
      this.all.add(subscriber)
      yield* Effect.addFinalizer(() => {
        this.all.delete(subscriber)
        return Queue.shutdown(queue)
      })
      const takeAll = Effect.map(Queue.takeAll(queue), (items) => {
        for (const item of items) subscriber.bytes -= this.sizeOf(item)
        return items
      })
      return { takeAll }
    }
  )

  /** All that is published from the moment on that the stream runs. */
  readonly stream: Stream.Stream<A, SubscriberLaggedError> = Stream.unwrap(
    Effect.suspend(() =>
      Effect.map(this.subscribe, ({ takeAll }) =>
        Stream.flattenArray(Stream.fromEffectRepeat(takeAll))
      )
    )
  )
}
