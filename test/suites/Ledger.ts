/** A small event-sourced actor, and a journal that a test can look into and hold up. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Decider } from "../../src/domain/Decider.ts"
import * as MemoryJournal from "../../src/layers/MemoryJournal.ts"
import * as EventSourced from "../../src/services/EventSourced.ts"
import { type Batch, Journal, type JournalError } from "../../src/services/Journal.ts"

export class LedgerError extends Schema.TaggedError<LedgerError>()("LedgerError", {
  entry: Schema.Int
}) {}

export const Added = Schema.TaggedStruct("Added", { entry: Schema.Int })
export type Added = typeof Added.Type

export type Command =
  /** Adds entries, in order; none where there are none. */
  | { readonly _tag: "Add"; readonly entries: ReadonlyArray<number> }
  /** Fails where an entry is there already. */
  | { readonly _tag: "AddNew"; readonly entry: number }
  /** Kills whoever runs it. */
  | { readonly _tag: "Poison"; readonly where: "decide" | "evolve" | "encode" }

export type State = ReadonlyArray<number>

const addedOne = (entry: number): Added => ({ _tag: "Added", entry })

/** No event that is encoded has it: an entry is a whole number. */
const UNENCODABLE = addedOne(0.5)
const UNEVOLVABLE = addedOne(-1)

export const decider: Decider<State, Command, Added, LedgerError> = {
  initial: [],
  decide: (state, command) => {
    switch (command._tag) {
      case "Add":
        return Result.succeed(command.entries.map(addedOne))
      case "AddNew":
        return state.includes(command.entry)
          ? Result.fail(new LedgerError({ entry: command.entry }))
          : Result.succeed([addedOne(command.entry)])
      case "Poison":
        if (command.where === "decide") throw new Error("poison")
        return Result.succeed([command.where === "encode" ? UNENCODABLE : UNEVOLVABLE])
    }
  },
  evolve: (state, event) => {
    if (event.entry === -1) throw new Error("poison")
    return [...state, event.entry]
  }
}

/** The actor's name, and its stream's. */
export const NAME = "Ledger"

/** Starts again at once, however often: tests need no clock. */
export const policy = {
  backoff: { minMillis: 0, maxMillis: 0 },
  intensity: Number.POSITIVE_INFINITY,
  windowMillis: 1
}

export interface Options {
  readonly storage?: MemoryJournal.Storage
  /** Runs before each append; what it fails with, the append fails with. */
  readonly before?: (batch: Batch) => Effect.Effect<void, JournalError>
}

/** Starts a ledger. */
export const start = ({ before = () => Effect.void, storage = new Map() }: Options = {}) => {
  const memory = MemoryJournal.make(storage)
  const journal = Journal.of({
    replay: memory.replay,
    append: (batch) => Effect.andThen(before(batch), memory.append(batch))
  })
  return Effect.provideService(
    EventSourced.make({ name: NAME, decider, event: Added, policy }),
    Journal,
    journal
  )
}

/** The events that a journal holds for the ledger. */
export const keptIn = (storage: MemoryJournal.Storage): ReadonlyArray<unknown> =>
  (storage.get(NAME) ?? []).map(({ event }) => event)

/** A ledger over a journal of its own, that journal's contents, and what it has published so far. */
export const started = Effect.fnUntraced(function* (options: Omit<Options, "storage"> = {}) {
  const storage: MemoryJournal.Storage = new Map()
  const ledger = yield* start({ ...options, storage })
  const published: Array<number> = []
  yield* Effect.forkScoped(
    Stream.runForEach(ledger.events, ({ entry }) => Effect.sync(() => published.push(entry))),
    { startImmediately: true }
  )
  return { ledger, storage, published, kept: () => keptIn(storage) }
})

export const add = (...entries: ReadonlyArray<number>): Command => ({ _tag: "Add", entries })

export const added = (...entries: ReadonlyArray<number>): ReadonlyArray<Added> =>
  entries.map(addedOne)

/** Whole numbers from one to before another. */
export const range = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, i) => from + i)
