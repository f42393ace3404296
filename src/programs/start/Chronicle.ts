/**
 * What has been sent, who got it and when; and how to wait for more of it.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Schema from "effect/Schema"

/** Milliseconds that any one thing may take to happen. Ten times the longest back-off that comes up. */
const PATIENCE_MILLIS = 8_000

/** Something that should have happened and has not. */
export class NotSeenError extends Schema.TaggedError<NotSeenError>()("NotSeenError", {
  what: Schema.String,
  afterMillis: Schema.Int
}) {
  override get message() {
    return `not seen within ${this.afterMillis} ms: ${this.what}`
  }
}

/** A message on its way. */
export interface Entry {
  /** Its number, which it carries. */
  readonly number: number
  readonly what: string
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** Milliseconds from when it was sent until each receiver had it. */
  readonly arrivals: ReadonlyMap<string, number>
}

interface OpenEntry extends Entry {
  readonly arrivals: Map<string, number>
  readonly sentNanos: bigint
}

const NANOS_PER_MILLI = 1_000_000

export class Chronicle {
  private readonly clock: Clock.Clock
  private readonly open: Array<OpenEntry> = []
  private readonly changed = Latch.makeUnsafe(false)

  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  get entries(): ReadonlyArray<Entry> {
    return this.open
  }

  /** Enters a message that is sent now. */
  send(entry: Pick<Entry, "what" | "from" | "to">): Entry {
    const entered: OpenEntry = {
      ...entry,
      number: this.open.length + 1,
      arrivals: new Map(),
      sentNanos: this.clock.monotonicTimeNanosUnsafe()
    }
    this.open.push(entered)
    return entered
  }

  /** Notes that a member has a message now. */
  arrive(number: number, member: string): void {
    const entry = this.open[number - 1]
    if (entry === undefined || entry.arrivals.has(member)) return
    const nanos = this.clock.monotonicTimeNanosUnsafe() - entry.sentNanos
    entry.arrivals.set(member, Number(nanos) / NANOS_PER_MILLI)
    this.note()
  }

  /** Says that something has happened: whoever waits looks again. */
  note(): void {
    this.changed.openUnsafe()
  }

  /** Waits until a thing is so. One at a time may wait. */
  readonly until = (
    what: string,
    isSo: Effect.Effect<boolean>
  ): Effect.Effect<void, NotSeenError> =>
    Effect.gen({ self: this }, function* () {
      while (true) {
        this.changed.closeUnsafe()
        if (yield* isSo) return
        yield* this.changed.await
      }
    }).pipe(
      Effect.timeoutOrElse({
        duration: PATIENCE_MILLIS,
        orElse: () => Effect.fail(new NotSeenError({ what, afterMillis: PATIENCE_MILLIS }))
      })
    )

  /** Waits until all whom a message is for have it. */
  readonly delivered = (entry: Entry): Effect.Effect<void, NotSeenError> =>
    this.until(
      `${entry.what} from ${entry.from} at ${missing(entry).join(", ")}`,
      Effect.sync(() => missing(entry).length === 0)
    )
}

/** Those whom a message is for and who do not have it. */
export const missing = (entry: Entry): ReadonlyArray<string> =>
  entry.to.filter((name) => !entry.arrivals.has(name))

/** A chronicle by the clock of the fiber that runs it. */
export const make: Effect.Effect<Chronicle> = Effect.clockWith((clock) =>
  Effect.succeed(new Chronicle(clock))
)
