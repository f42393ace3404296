/**
 * Tests of deciders as sentences: given events, when a command comes, then events, or an error.
 *
 *     const given = specify(HandshakeDecider)
 *     given([opened]).when(hearHello).brings([learned])
 */
import { expect } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import { type Decider, replay } from "../../src/domain/Decider.ts"

interface Outcome<State, Event> {
  /** Just these events, in this order. Returns the state after them. */
  readonly brings: (events: ReadonlyArray<Event>) => State
  /** An error with at least these fields, and so no event. */
  readonly fails: (error: object) => void
}

export const specify =
  <State, Command, Event, Error>(decider: Decider<State, Command, Event, Error>) =>
  (events: ReadonlyArray<Event>) => ({
    /** The state after what was given. */
    state: replay(decider, events),
    when: (command: Command, nowMillis = 0): Outcome<State, Event> => {
      const before = replay(decider, events)
      const result = decider.decide(before, command, nowMillis)
      return {
        brings: (expected) => {
          deepStrictEqual(result, Result.succeed(expected))
          return replay(decider, expected, before)
        },
        fails: (error) => {
          expect(Result.getOrThrow(Result.flip(result))).toMatchObject(error)
        }
      }
    }
  })

/** Runs commands one after the other, as a service would; a refused one brings nothing about. */
export const history = <State, Command, Event, Error>(
  decider: Decider<State, Command, Event, Error>,
  commands: Iterable<readonly [command: Command, nowMillis: number]>
) => {
  let state = decider.initial
  const events: Array<Event> = []
  for (const [command, nowMillis] of commands) {
    const result = decider.decide(state, command, nowMillis)
    if (Result.isFailure(result)) continue
    state = replay(decider, result.success, state)
    events.push(...result.success)
  }
  return { state, events }
}
