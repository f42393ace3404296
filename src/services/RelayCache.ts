/**
 * The relay cache: which broadcasts this node has seen, as a supervised service.
 *
 * Its calls are plain functions, for they run once for each message; its actor forgets in time what
 * nobody asks for any more, and makes the index anew from the log whenever it starts again. While it
 * is down, whoever relays waits (`actor.awaitRunning`).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { RELAY_CACHE_MAX_ENTRIES } from "../domain/Limits.ts"
import { SeenMessages, type Verdict } from "../domain/SeenMessages.ts"
import { type Actor, Supervisor } from "./Supervisor.ts"

/** Milliseconds between two sweeps of a cache that nobody asks. */
const SWEEP_INTERVAL_MILLIS = 10_000

export class RelayCache extends Context.Service<
  RelayCache,
  {
    /**
     * Judges a broadcast by the second it carries and its digest, which lies at a position of some bytes;
     * remembers a new one.
     */
    readonly offer: (second: number, bytes: Uint8Array, at: number) => Verdict
    /** Whether it is remembered; nothing changes. */
    readonly has: (second: number, bytes: Uint8Array, at: number) => boolean
    readonly size: () => number
    readonly actor: Actor
    /** The memory itself, to be looked at. */
    readonly seen: SeenMessages
  }
>()("effect-p2p/services/RelayCache") {
  static readonly layer = (
    options: { readonly capacity?: number | undefined } = {}
  ): Layer.Layer<RelayCache, never, Supervisor> =>
    Layer.effect(
      RelayCache,
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        const supervisor = yield* Supervisor
        const salt = yield* Random.nextInt
        const seen = new SeenMessages(options.capacity ?? RELAY_CACHE_MAX_ENTRIES, salt)
        const nowSecond = () => Math.floor(clock.currentTimeMillisUnsafe() / 1000)
        const actor = yield* supervisor.supervise({
          name: "RelayCache",
          run: Effect.gen(function* () {
            seen.replay()
            while (true) {
              yield* Effect.sleep(SWEEP_INTERVAL_MILLIS)
              seen.sweep(nowSecond())
            }
          })
        })
        yield* actor.awaitRunning
        return RelayCache.of({
          offer: (second, bytes, at) => seen.offer(second, bytes, at, nowSecond()),
          has: (second, bytes, at) => seen.has(second, bytes, at),
          size: () => seen.size,
          actor,
          seen
        })
      })
    )
}
