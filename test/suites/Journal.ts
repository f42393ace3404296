/** The contract of `services/Journal.ts`: every adapter must pass it. */
import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import { isReadonlyArrayNonEmpty } from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Journal, JournalError } from "../../src/services/Journal.ts"

/** Keeps events in a stream, after what the writer knows of. */
export const append = Effect.fnUntraced(function* (
  stream: string,
  after: number,
  events: ReadonlyArray<Schema.Json>,
  atMillis = 0
) {
  const journal = yield* Journal
  if (isReadonlyArrayNonEmpty(events)) yield* journal.append({ stream, after, atMillis, events })
})

/** All entries of a stream. */
export const replayed = (stream: string) =>
  Effect.flatMap(Journal, (journal) => Stream.runCollect(journal.replay(stream)))

/** The error of an append that must not succeed. */
const refusalOf = (...given: Parameters<typeof append>) =>
  append(...given).pipe(Effect.flip, Effect.orDie)

const eventsOf = (stream: string) =>
  Effect.map(replayed(stream), (entries) => entries.map(({ event }) => event))

/** `layer` makes an empty journal each time it is built. */
export const journalSuite = <E>(name: string, layer: Layer.Layer<Journal, E>) =>
  describe(`${name} as Journal`, () => {
    const test = (title: string, body: Effect.Effect<void, JournalError, Journal>) =>
      it.effect(title, () => Effect.provide(body, layer))

    test(
      "gives nothing back of a stream that nobody wrote",
      Effect.gen(function* () {
        deepStrictEqual(yield* replayed("none"), [])
        yield* append("other", 0, [1])
        deepStrictEqual(yield* replayed("none"), [])
      })
    )

    test(
      "gives back what was kept, in order, numbered from 1",
      Effect.gen(function* () {
        yield* append("a", 0, ["one", { two: [2, null, true] }], 10)
        yield* append("a", 2, [{ three: "é😀\u0000" }], 20)
        deepStrictEqual(yield* replayed("a"), [
          { sequence: 1, atMillis: 10, event: "one" },
          { sequence: 2, atMillis: 10, event: { two: [2, null, true] } },
          { sequence: 3, atMillis: 20, event: { three: "é😀\u0000" } }
        ])
        // Reading takes nothing away.
        expect((yield* replayed("a")).length).toBe(3)
      })
    )

    test(
      "refuses a writer that doesn't know of all events, and one that knows of too many",
      Effect.gen(function* () {
        yield* append("a", 0, [1, 2])
        for (const after of [0, 1, 3, -1]) {
          const error = yield* refusalOf("a", after, ["x", "y"])
          expect(error).toBeInstanceOf(JournalError)
          expect(error).toMatchObject({ reason: "Conflict", stream: "a" })
          // All of a batch or nothing.
          deepStrictEqual(yield* eventsOf("a"), [1, 2])
        }
        yield* append("a", 2, [3])
        deepStrictEqual(yield* eventsOf("a"), [1, 2, 3])
      })
    )

    test(
      "refuses a first event after one that isn't there, and begins the stream with nothing",
      Effect.gen(function* () {
        expect(yield* refusalOf("new", 1, [1])).toMatchObject({ reason: "Conflict" })
        yield* append("new", 0, [1])
        deepStrictEqual(yield* eventsOf("new"), [1])
      })
    )

    const names = ["a", "b", "a/1", "A", "", " ", "é", "a'; DROP TABLE events; --", "__proto__"]
    test(
      "keeps streams apart, whatever their names",
      Effect.gen(function* () {
        yield* Effect.forEach(names, (stream, i) => append(stream, 0, [`first of ${i}`]))
        yield* Effect.forEach(names, (stream, i) => append(stream, 1, [`second of ${i}`]))
        for (const [i, stream] of names.entries()) {
          deepStrictEqual(yield* eventsOf(stream), [`first of ${i}`, `second of ${i}`])
        }
      })
    )

    test(
      "lets one of several writers win, and no two interleave",
      Effect.gen(function* () {
        const writers = Array.from({ length: 20 }, (_, i) => [`${i}.1`, `${i}.2`, `${i}.3`])
        const results = yield* Effect.forEach(
          writers,
          (events) => Effect.result(append("a", 0, events)),
          { concurrency: "unbounded" }
        )
        const winners = writers.filter((_, i) => {
          const result = results[i]
          return result !== undefined && Result.isSuccess(result)
        })
        expect(winners.length).toBe(1)
        deepStrictEqual(yield* eventsOf("a"), winners[0] ?? [])
      })
    )

    test(
      "replays as of the moment that the stream runs",
      Effect.gen(function* () {
        const journal = yield* Journal
        const stream = journal.replay("a")
        yield* append("a", 0, [1])
        expect((yield* Stream.runCollect(stream)).length).toBe(1)
        yield* append("a", 1, [2])
        expect((yield* Stream.runCollect(stream)).length).toBe(2)
      })
    )

    test(
      "can be written to while it is replayed",
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* append("a", 0, [1, 2, 3])
        yield* Stream.runForEach(journal.replay("a"), ({ sequence }) =>
          append("b", sequence - 1, [sequence])
        )
        deepStrictEqual(yield* eventsOf("b"), [1, 2, 3])
      })
    )

    test(
      "keeps a batch of ten thousand",
      Effect.gen(function* () {
        const events = Array.from({ length: 10_000 }, (_, i) => ({ i }))
        yield* append("a", 0, events)
        yield* append("a", 10_000, ["last"])
        const entries = yield* replayed("a")
        expect(entries.length).toBe(10_001)
        expect(entries.every(({ sequence }, i) => sequence === i + 1)).toBe(true)
        expect(entries.at(-2)?.event).toEqual({ i: 9_999 })
      })
    )
  })
