/**
 * The journal: where events are kept. Adapters: `layers/MemoryJournal.ts`. Each must pass
 * `test/suites/Journal.ts`.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"

/** A journal that could not keep or give back events. */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  reason: Schema.Literals(["Conflict", "Append", "Replay", "Corrupt"]),
  stream: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `journal stream ${JSON.stringify(this.stream)}: ${this.reason}: ${this.detail}`
  }
}

/** An event as kept: its place in its stream (from 1), when it happened, and its encoded form. */
export interface Entry {
  readonly sequence: number
  readonly atMillis: number
  readonly event: Schema.Json
}

/** Events to keep, in order. */
export interface Batch {
  readonly stream: string
  /** The sequence of the last event that the writer knows of; 0 for none. */
  readonly after: number
  readonly atMillis: number
  readonly events: NonEmptyReadonlyArray<Schema.Json>
}

export class Journal extends Context.Service<
  Journal,
  {
    /**
     * Keeps a batch: all of it or nothing. Fails with reason `Conflict` where the stream has grown past
     * `after`, so that two writers can't interleave.
     */
    readonly append: (batch: Batch) => Effect.Effect<void, JournalError>
    /** All events of a stream, in order. */
    readonly replay: (stream: string) => Stream.Stream<Entry, JournalError>
  }
>()("effect-p2p/services/Journal") {}
