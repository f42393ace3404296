/**
 * A decider: the rules of an event-sourced actor, as pure functions.
 *
 * `decide` says what happens on a command, or why it can't; `evolve` applies what has happened. Time,
 * randomness and ids come in as data, so that a decider replays to the same state for ever.
 *
 * Source: the decider pattern, J. Chassaing, "Functional event sourcing decider" (2021).
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"

export interface Decider<State, Command, Event, Error> {
  readonly initial: State
  /** What the command brings about, in order; no event where nothing changes. */
  readonly decide: (
    state: State,
    command: Command,
    nowMillis: number
  ) => Result.Result<ReadonlyArray<Event>, Error>
  /** Total: an event that has happened is never refused. */
  readonly evolve: (state: State, event: Event) => State
}

/** The state after events, from a state or from the beginning. */
export const replay = <State, Command, Event, Error>(
  decider: Decider<State, Command, Event, Error>,
  events: Iterable<Event>,
  from: State = decider.initial
): State => {
  let state = from
  for (const event of events) state = decider.evolve(state, event)
  return state
}
