/**
 * What can go wrong with a simulation itself, or with what it is told to do.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** A run in which nothing more can happen, or too much time has passed, and the program is not done. */
export class StuckError extends Schema.TaggedError<StuckError>()("StuckError", {
  /** Virtual milliseconds since the run began. */
  atMillis: Schema.Number
}) {
  override get message() {
    return `after ${this.atMillis} ms the program still waits`
  }
}

/** A run in which work makes more work for ever, and time does not pass. */
export class SpinningError extends Schema.TaggedError<SpinningError>()("SpinningError", {
  /** Virtual milliseconds since the run began. */
  atMillis: Schema.Number,
  /** Tasks and wake-ups that have run at that moment. */
  worked: Schema.Int
}) {
  override get message() {
    return `at ${this.atMillis} ms ${this.worked} things have run, and time does not pass`
  }
}

/** A node that is not there: never begun, or down. */
export class NoSuchNodeError extends Schema.TaggedError<NoSuchNodeError>()("NoSuchNodeError", {
  node: Schema.String,
  reason: Schema.Literals(["Unknown", "Down", "Up"])
}) {
  override get message() {
    const why = { Unknown: "has never begun", Down: "is down", Up: "is up already" }[this.reason]
    return `node ${JSON.stringify(this.node)} ${why}`
  }
}

/** A node that could not be started again, by what its layer failed with. */
export class RestartError extends Schema.TaggedError<RestartError>()("RestartError", {
  node: Schema.String,
  failure: Schema.String
}) {
  override get message() {
    return `node ${JSON.stringify(this.node)} did not start again: ${this.failure}`
  }
}

/** A network that has not come to rest in the time that it was given. */
export class RestlessError extends Schema.TaggedError<RestlessError>()("RestlessError", {
  withinMillis: Schema.Number,
  /** Pieces on their way, and waits of less than `TIMER_MIN_MILLIS`, at the end of that time. */
  underWay: Schema.Int
}) {
  override get message() {
    return `not at rest within ${this.withinMillis} ms: ${this.underWay} things are under way`
  }
}
