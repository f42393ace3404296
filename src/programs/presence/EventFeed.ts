/**
 * The events that readers follow live: a bounded buffer for those that come back, and a bounded queue for
 * each that is there.
 *
 * A reader that takes too slowly is dropped, and told so; nobody else waits for it.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Unavailable, unavailable } from "./ApiErrors.ts"
import { Presence } from "./Presence.ts"
import { EVENTS_KEPT_MAX, READER_EVENTS_MAX, READERS_MAX } from "./PresenceLimits.ts"
import type { Change } from "./PresenceState.ts"
import * as PresenceMetrics from "./PresenceMetrics.ts"

/** An event with its id: the run of the server, and its number in it. */
export interface FeedEvent {
  readonly id: string
  readonly change: Change
}

/** Why a reader's events end. */
export type EndReason = "TooSlow" | "Stopping"

/** One reader's end of the feed. */
export interface Reader {
  /** What is kept since the event that it had last. */
  readonly missed: ReadonlyArray<FeedEvent>
  /** Whether more was missed than is kept, so that it had better ask for the whole. */
  readonly isReset: boolean
  /** What comes from now on, until the feed ends it. */
  readonly live: Stream.Stream<FeedEvent>
  /** Why the events have ended, once they have. */
  readonly ended: Effect.Effect<EndReason>
}

/** What is kept of the events after one, by its id; undefined where some of them are not. */
export const since = (
  kept: ReadonlyArray<FeedEvent>,
  lastId: string
): ReadonlyArray<FeedEvent> | undefined => {
  const index = kept.findIndex(({ id }) => id === lastId)
  return index < 0 ? undefined : kept.slice(index + 1)
}

interface Listener {
  readonly queue: Queue.Queue<FeedEvent, Cause.Done>
  readonly ended: Deferred.Deferred<EndReason>
}

export class EventFeed extends Context.Service<
  EventFeed,
  {
    /** Follows the events, for as long as the scope lives; from a last one on, where it is named. */
    readonly follow: (lastId: string | undefined) => Effect.Effect<Reader, Unavailable, Scope.Scope>
    /** Ends all readers, and takes no more. */
    readonly close: Effect.Effect<void>
  }
>()("effect-p2p/programs/presence/EventFeed") {
  static readonly layer: Layer.Layer<EventFeed, never, Presence> = Layer.effect(
    EventFeed,
    Effect.gen(function* () {
      const presence = yield* Presence
      const run = presence.id.slice(0, 8)
      const listeners = new Set<Listener>()
      let kept: ReadonlyArray<FeedEvent> = []
      let number = 0
      // Also those that were dropped, and whose connections are still there.
      let readers = 0
      let isClosed = false

      const end = (listener: Listener, reason: EndReason) => {
        listeners.delete(listener)
        Queue.endUnsafe(listener.queue)
        return Deferred.succeed(listener.ended, reason)
      }

      const publish = Effect.fnUntraced(function* (change: Change) {
        const event = { id: `${run}-${++number}`, change }
        kept = [...kept.slice(1 - EVENTS_KEPT_MAX), event]
        for (const listener of listeners) {
          if (Queue.offerUnsafe(listener.queue, event)) continue
          yield* PresenceMetrics.readerDropped
          yield* end(listener, "TooSlow")
        }
      })

      const leave = (listener: Listener) =>
        Effect.suspend(() => {
          listeners.delete(listener)
          readers--
          return PresenceMetrics.readersChanged(-1)
        })

      const follow = Effect.fnUntraced(function* (lastId: string | undefined) {
        if (isClosed) return yield* unavailable("Stopping", "this server is stopping")
        if (readers >= READERS_MAX) {
          return yield* unavailable("TooManyReaders", `${READERS_MAX} readers are there already`)
        }
        const queue = yield* Queue.dropping<FeedEvent, Cause.Done>(READER_EVENTS_MAX)
        const ended = yield* Deferred.make<EndReason>()
        const listener: Listener = { queue, ended }
        yield* Effect.acquireRelease(
          Effect.suspend(() => {
            readers++
            listeners.add(listener)
            return PresenceMetrics.readersChanged(1)
          }),
          () => leave(listener)
        )
        const missed = lastId === undefined ? [] : since(kept, lastId)
        const reader: Reader = {
          missed: missed ?? [],
          isReset: missed === undefined,
          live: Stream.fromQueue(queue),
          ended: Deferred.await(ended)
        }
        return reader
      })

      const changes = yield* presence.changes
      yield* Effect.forkScoped(Stream.runForEach(Stream.fromSubscription(changes), publish))

      return EventFeed.of({
        follow,
        close: Effect.suspend(() => {
          isClosed = true
          return Effect.forEach([...listeners], (each) => end(each, "Stopping"), { discard: true })
        })
      })
    })
  )
}
