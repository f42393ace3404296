/**
 * A journal in memory: it lives as long as its layer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { type Batch, type Entry, Journal, JournalError } from "../services/Journal.ts"

/** A journal's contents, by stream: to be kept across the lives of a node in a test or simulation. */
export type Storage = Map<string, Array<Entry>>

/** A journal over contents that outlive it. */
export const make = (storage: Storage): Journal["Service"] => {
  const append = ({ after, atMillis, events, stream }: Batch) =>
    Effect.suspend(() => {
      const kept = storage.get(stream) ?? []
      if (kept.length !== after) {
        const detail = `appended after ${after}, but there are ${kept.length} events`
        return Effect.fail(new JournalError({ reason: "Conflict", stream, detail }))
      }
      for (const event of events) kept.push({ sequence: kept.length + 1, atMillis, event })
      storage.set(stream, kept)
      return Effect.void
    })
  return Journal.of({
    append,
    replay: (stream) => Stream.suspend(() => Stream.fromIterable([...(storage.get(stream) ?? [])]))
  })
}

export const layer: Layer.Layer<Journal> = Layer.sync(Journal, () => make(new Map()))

/** A layer over contents that outlive it. */
export const layerStorage = (storage: Storage): Layer.Layer<Journal> =>
  Layer.succeed(Journal, make(storage))
