/** A small event-sourced actor, and a journal that a test can look into and hold up. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
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

const added = (entry: number): Added => ({ _tag: "Added", entry })

/** No event that is encoded has it: an entry is a whole number. */
const UNENCODABLE = added(0.5)
const UNEVOLVABLE = added(-1)

export const decider: Decider<State, Command, Added, LedgerError> = {
  initial: [],
  decide: (state, command) => {
    switch (command._tag) {
      case "Add":
        return Result.succeed(command.entries.map(added))
      case "AddNew":
        return state.includes(command.entry)
          ? Result.fail(new LedgerError({ entry: command.entry }))
          : Result.succeed([added(command.entry)])
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

/** Starts a ledger over a journal of its own. */
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

/** The entries that a journal holds for the ledger. */
export const keptIn = (storage: MemoryJournal.Storage): ReadonlyArray<unknown> =>
  (storage.get(NAME) ?? []).map(({ event }) => event)
