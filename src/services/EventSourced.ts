/**
 * The generic event-sourced service: it runs a decider over a journal.
 *
 * Each command is decided on the state so far; its events are appended to the journal, then applied,
 * then published, then given to the caller: nothing is seen that is not kept. On start, and after
 * each restart, the state is the journal's replay.
 *
 * {@link make} gives it a mailbox and a fiber of its own under the supervisor; {@link makeLocal} runs in
 * the caller's, for what lives and dies with something else (a connection's handshake).
 *
 * @since 0.1.0
 */
import { isArrayNonEmpty } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Decider, replay } from "../domain/Decider.ts"
import { MAILBOX_MAX_COMMANDS } from "../domain/Limits.ts"
import { EventHub } from "./EventHub.ts"
import { Journal, JournalError } from "./Journal.ts"
import { describeFailure, type RestartPolicy, Supervisor } from "./Supervisor.ts"

/** A command that has killed the actor each time it was tried; nothing of it has happened. */
export class CommandFailedError extends Schema.TaggedError<CommandFailedError>()(
  "CommandFailedError",
  { actor: Schema.String, attempts: Schema.Int, failure: Schema.String }
) {
  override get message() {
    return `${this.actor} died of a command ${this.attempts} times: ${this.failure}`
  }
}

/** Times a command is tried before it is called the cause of its actor's death. */
const COMMAND_ATTEMPTS_MAX = 2

export interface EventSourced<State, Command, Event, Error> {
  /**
   * Runs a command, and returns the events that it brought about, which are kept by then.
   *
   * Fails with the decider's error, with `JournalError` where they could not be kept, or with
   * `CommandFailedError`.
   */
  readonly dispatch: (
    command: Command
  ) => Effect.Effect<ReadonlyArray<Event>, Error | JournalError | CommandFailedError>
  /** The state as of the last command that is done. A plain read. */
  readonly state: () => State
  /** Events as they are applied, from now on. */
  readonly events: Stream.Stream<Event>
}

export interface Options<State, Command, Event, Error> {
  /** The actor's name, and its stream's in the journal. */
  readonly name: string
  readonly decider: Decider<State, Command, Event, Error>
  readonly event: Schema.Codec<Event, Schema.Json>
  readonly policy?: RestartPolicy | undefined
}

interface Letter<Command, Event, Error> {
  readonly command: Command
  readonly reply: Deferred.Deferred<ReadonlyArray<Event>, Error | JournalError | CommandFailedError>
  attempts: number
  /** Set once its events are in the journal: from then on it must not run again. */
  done: Exit.Exit<ReadonlyArray<Event>, Error | JournalError | CommandFailedError> | undefined
}

/** An event-sourced actor with a mailbox, supervised under its name. */
export const make = <State, Command, Event, Error>(
  options: Options<State, Command, Event, Error>
): Effect.Effect<
  EventSourced<State, Command, Event, Error>,
  JournalError,
  Journal | Supervisor | Scope.Scope
> =>
  Effect.gen(function* () {
    const { decider, name } = options
    const journal = yield* Journal
    const supervisor = yield* Supervisor
    const clock = yield* Clock.Clock
    const mailbox = yield* Queue.bounded<Letter<Command, Event, Error>>(MAILBOX_MAX_COMMANDS)
    const published = new EventHub<Event>(MAILBOX_MAX_COMMANDS)
    yield* Effect.addFinalizer(() => published.close)
    const encode = Schema.encodeUnknownEffect(options.event)
    const decode = Schema.decodeUnknownEffect(options.event)
    const decodeAll = Schema.decodeUnknownResult(Schema.Array(options.event))

    let state = decider.initial
    let sequence = 0
    /** Whether the journal has to be read again before anything is decided. */
    let isStale = false
    /** Letters that are not answered yet, in order: they outlive the actor's death. */
    let pending: ReadonlyArray<Letter<Command, Event, Error>> = []

    const corrupt = (error: Schema.SchemaError) =>
      new JournalError({ reason: "Corrupt", stream: name, detail: error.message })

    const load = Effect.gen(function* () {
      let loaded = decider.initial
      let last = 0
      yield* Stream.runForEach(journal.replay(name), (entry) =>
        Effect.map(Effect.mapError(decode(entry.event), corrupt), (event) => {
          loaded = decider.evolve(loaded, event)
          last = entry.sequence
        })
      )
      state = loaded
      sequence = last
      isStale = false
    })

    const work = Effect.fnUntraced(function* (batch: ReadonlyArray<Letter<Command, Event, Error>>) {
      const atMillis = clock.currentTimeMillisUnsafe()
      let next = state
      const events: Array<Event> = []
      const results = batch.map((letter) => {
        letter.attempts++
        // From the first event on, what is decided stands and falls with what is kept.
        const isBuiltOn = events.length > 0
        const result = decider.decide(next, letter.command, atMillis)
        if (Result.isSuccess(result)) {
          next = replay(decider, result.success, next)
          events.push(...result.success)
        }
        return { letter, result, isBuiltOn }
      })
      const encoded = yield* Effect.mapError(
        Effect.forEach(events, (event) => encode(event)),
        corrupt
      )
      const append = isArrayNonEmpty(encoded)
        ? journal.append({ stream: name, after: sequence, atMillis, events: encoded })
        : Effect.void
      // Whole or not at all: a kill between the journal and the state would run a command twice.
      yield* Effect.uninterruptible(
        Effect.map(Effect.exit(append), (kept) => {
          // Whether a failed append has been kept after all, only the journal can tell.
          if (Exit.isFailure(kept)) {
            isStale = true
            const failure = describeFailure(kept.cause)
            supervisor.report({ _tag: "JournalFailed", actor: name, failure })
          }
          if (Exit.isSuccess(kept)) {
            sequence += events.length
            state = next
            for (const event of events) published.publish(event)
          }
          for (const { isBuiltOn, letter, result } of results) {
            letter.done =
              Result.isFailure(result) && (!isBuiltOn || Exit.isSuccess(kept))
                ? Exit.fail(result.failure)
                : Exit.map(kept, () => Result.getOrElse(result, () => []))
          }
        })
      )
    })

    const settle = () => {
      for (const { done, reply } of pending)
        if (done !== undefined) Deferred.doneUnsafe(reply, done)
      pending = pending.filter(({ done }) => done === undefined)
    }

    /** Gives up on a command that was alone with the actor when it died, the second time. */
    const blame = () => {
      for (const letter of pending) {
        if (letter.done !== undefined || letter.attempts < COMMAND_ATTEMPTS_MAX) continue
        const failure = "the actor died while it ran"
        const attempts = letter.attempts
        letter.done = Exit.fail(new CommandFailedError({ actor: name, attempts, failure }))
      }
    }

    const loop = Effect.gen(function* () {
      yield* load
      blame()
      settle()
      while (true) {
        const [first] = pending
        if (first === undefined) {
          pending = yield* Queue.takeAll(mailbox)
        } else {
          if (isStale) yield* load
          // What a death has left is tried one by one, so that the guilty command is found.
          yield* work(first.attempts === 0 ? pending : [first])
          settle()
        }
      }
    })

    /** Callers that wait, and those to come, are interrupted, not left hanging. */
    const close = Effect.map(Queue.clear(mailbox), (unread) => {
      settle()
      for (const { reply } of [...pending, ...unread]) {
        Deferred.doneUnsafe(reply, Exit.failCause(Cause.interrupt()))
      }
      Queue.shutdownUnsafe(mailbox)
    })
    // Runs after the actor has stopped.
    yield* Effect.addFinalizer(() => close)
    yield* load
    yield* supervisor.supervise({
      name,
      run: loop,
      policy: options.policy,
      journaled: {
        stream: name,
        state: () => state,
        replay: (events) => Result.map(decodeAll([...events]), (all) => replay(decider, all))
      },
      onEscalation: (error) => Effect.andThen(close, supervisor.giveUp(error))
    })

    const dispatch = Effect.fnUntraced(function* (command: Command) {
      const reply = yield* Deferred.make<
        ReadonlyArray<Event>,
        Error | JournalError | CommandFailedError
      >()
      const letter = { command, reply, attempts: 0, done: undefined }
      const isOpen = yield* Queue.offer(mailbox, letter)
      return isOpen ? yield* Deferred.await(reply) : yield* Effect.interrupt
    })

    return { dispatch, state: () => state, events: published.stream }
  })

/** An event-sourced state inside another actor: its journal is a list, and it has no fiber. */
export interface Local<State, Command, Event, Error> {
  readonly dispatch: (
    command: Command,
    nowMillis: number
  ) => Result.Result<ReadonlyArray<Event>, Error>
  readonly state: () => State
  /** Makes the state anew from the journal: what the owner does after a restart. */
  readonly recover: () => void
  /** The journal. */
  readonly events: () => ReadonlyArray<Event>
}

/** Runs a decider in the caller's fiber, synchronously, over a journal in memory. */
export const makeLocal = <State, Command, Event, Error>(
  decider: Decider<State, Command, Event, Error>
): Local<State, Command, Event, Error> => new InMemory(decider)

/** A class, for there is one for each connection: its methods are made once, and not with each. */
class InMemory<State, Command, Event, Error> implements Local<State, Command, Event, Error> {
  private readonly decider: Decider<State, Command, Event, Error>
  private readonly journal: Array<Event> = []
  private current: State

  constructor(decider: Decider<State, Command, Event, Error>) {
    this.decider = decider
    this.current = decider.initial
  }

  dispatch(command: Command, nowMillis: number): Result.Result<ReadonlyArray<Event>, Error> {
    return Result.map(this.decider.decide(this.current, command, nowMillis), (events) => {
      this.journal.push(...events)
      this.current = replay(this.decider, events, this.current)
      return events
    })
  }

  state(): State {
    return this.current
  }

  recover(): void {
    this.current = replay(this.decider, this.journal)
  }

  events(): ReadonlyArray<Event> {
    return this.journal
  }
}
