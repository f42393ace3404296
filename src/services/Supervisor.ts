/**
 * The supervisor: every long-running actor of a node runs under it.
 *
 * An actor that fails, or is killed by a defect, starts again after a jittered exponential back-off. One
 * that keeps failing is given up: its escalation, a typed error, goes to whoever asked for the actor
 * to be run, or else ends the node. Nothing fails silently, and no actor takes another with it.
 *
 * Source: the restart intensity of Erlang/OTP's supervisors (OTP design principles, "Supervisor
 * behaviour"), with back-off added.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Backoff from "../domain/Backoff.ts"
import {
  RESTART_INTENSITY_MAX,
  RESTART_MAX_MILLIS,
  RESTART_MIN_MILLIS,
  RESTART_WINDOW_MILLIS,
  SUPERVISOR_EVENTS_MAX
} from "../domain/Limits.ts"
import { EventHub } from "./EventHub.ts"
import { Waiting } from "./Waiting.ts"

/** An actor that was given up, and why. */
export class EscalationError extends Schema.TaggedError<EscalationError>()("EscalationError", {
  actor: Schema.String,
  restarts: Schema.Int,
  windowMillis: Schema.Number,
  /** What ended it the last time, for reading. */
  lastFailure: Schema.String
}) {
  override get message() {
    return (
      `${this.actor} was given up after ${this.restarts} restarts within ` +
      `${this.windowMillis} ms; last: ${this.lastFailure}`
    )
  }
}

/** How often an actor may start again, and how soon. */
export interface RestartPolicy {
  readonly backoff: Backoff.Backoff
  /** Restarts within the window that are borne; one more escalates. */
  readonly intensity: number
  readonly windowMillis: number
}

export const defaultPolicy: RestartPolicy = {
  backoff: { minMillis: RESTART_MIN_MILLIS, maxMillis: RESTART_MAX_MILLIS },
  intensity: RESTART_INTENSITY_MAX,
  windowMillis: RESTART_WINDOW_MILLIS
}

/** What befalls actors. */
export type SupervisorEvent =
  | { readonly _tag: "ActorStarted"; readonly actor: string }
  | {
      readonly _tag: "ActorFailed"
      readonly actor: string
      readonly failure: string
      /** When it starts again. */
      readonly delayMillis: number
    }
  | { readonly _tag: "ActorRestarted"; readonly actor: string; readonly restarts: number }
  | { readonly _tag: "ActorEscalated"; readonly actor: string; readonly error: EscalationError }
  | { readonly _tag: "ActorStopped"; readonly actor: string }
  /** An event-sourced actor could not keep what it decided; it goes on from what is kept. */
  | { readonly _tag: "JournalFailed"; readonly actor: string; readonly failure: string }

/** How often it has befallen them so far. */
export interface SupervisorCounters {
  restarts: number
  escalations: number
  journalFailures: number
}

/** What an event-sourced actor goes by, so that anybody can check that its state is its journal's replay. */
export interface Journaled {
  /** Its stream in the journal. */
  readonly stream: string
  /** The state that it goes by now. */
  readonly state: () => unknown
  /** The state after some events, as they are kept, from the beginning. */
  readonly replay: (events: Iterable<unknown>) => Result.Result<unknown, Schema.SchemaError>
}

/** A running actor, as its owner sees it. */
export interface Actor {
  readonly name: string
  /** Where it is event-sourced. */
  readonly journaled: Journaled | undefined
  /** Whether it runs right now. A plain read, for the relay path. */
  readonly isRunning: () => boolean
  /** Waits until it runs. */
  readonly awaitRunning: Effect.Effect<void>
  /** Ends its run as if it had died of this defect; the policy does the rest. */
  readonly crash: (defect: unknown) => void
  /** Times it has been started again since it was first. */
  readonly restarts: () => number
}

export interface ActorOptions<R> {
  /** Unique within a node, with a `/` before what numbers it: `PeerConnection/7`. */
  readonly name: string
  /** Runs until the actor is done; started anew on each restart. */
  readonly run: Effect.Effect<void, unknown, R>
  readonly policy?: RestartPolicy | undefined
  readonly journaled?: Journaled | undefined
  /** Takes an escalation in; by default it ends the node (`Supervisor.escalation`). */
  readonly onEscalation?: ((error: EscalationError) => Effect.Effect<void>) | undefined
}

export class Supervisor extends Context.Service<
  Supervisor,
  {
    /** Runs an actor for as long as the scope lives. */
    readonly supervise: <R>(
      options: ActorOptions<R>
    ) => Effect.Effect<Actor, never, R | Scope.Scope>
    /** The actors that have not ended, by name. */
    readonly actors: Effect.Effect<ReadonlyMap<string, Actor>>
    /** Kills an actor by a defect: for tests and simulations. False where there is none. */
    readonly kill: (name: string, defect: unknown) => Effect.Effect<boolean>
    /** Ends the node with an escalation that was taken in first. */
    readonly giveUp: (error: EscalationError) => Effect.Effect<void>
    readonly events: Stream.Stream<SupervisorEvent>
    /** Tells of something that has befallen an actor. */
    readonly report: (event: SupervisorEvent) => void
    readonly counters: Readonly<SupervisorCounters>
    /** Fails when an escalation is taken in by nobody else. */
    readonly escalation: Effect.Effect<never, EscalationError>
  }
>()("effect-p2p/services/Supervisor") {
  static readonly layer: Layer.Layer<Supervisor> = Layer.effect(
    Supervisor,
    Effect.gen(function* () {
      const actors = new Map<string, Actor>()
      const events = new EventHub<SupervisorEvent>(SUPERVISOR_EVENTS_MAX)
      const escalated = yield* Deferred.make<never, EscalationError>()
      yield* Effect.addFinalizer(() => events.close)
      const counters: SupervisorCounters = { restarts: 0, escalations: 0, journalFailures: 0 }

      const report = (event: SupervisorEvent) => {
        if (event._tag === "ActorRestarted") counters.restarts++
        else if (event._tag === "ActorEscalated") counters.escalations++
        else if (event._tag === "JournalFailed") counters.journalFailures++
        events.publish(event)
      }

      const notices: Notices = {
        publish: report,
        ended: (name) => actors.delete(name),
        unhandled: (error) => Deferred.doneUnsafe(escalated, Exit.fail(error))
      }

      const supervise = <R>(options: ActorOptions<R>) =>
        Effect.gen(function* () {
          const context = yield* Effect.context<R | Scope.Scope>()
          const run = new Run(options, context, notices)
          actors.set(options.name, run)
          yield* Effect.addFinalizer(() => Effect.sync(() => run.close()))
          run.start(0)
          return run
        })

      return Supervisor.of({
        supervise,
        actors: Effect.sync(() => new Map(actors)),
        kill: (name, defect) =>
          Effect.sync(() => {
            const actor = actors.get(name)
            actor?.crash(defect)
            return actor !== undefined
          }),
        giveUp: (error) => Effect.asVoid(Deferred.fail(escalated, error)),
        events: events.stream,
        report,
        counters,
        escalation: Deferred.await(escalated)
      })
    })
  )
}

interface Notices {
  readonly publish: (event: SupervisorEvent) => void
  readonly ended: (name: string) => void
  readonly unhandled: (error: EscalationError) => void
}

/** The life of one actor. A fiber for each of its runs, and nothing besides. */
class Run<R> implements Actor {
  readonly name: string
  readonly journaled: Journaled | undefined
  private readonly options: ActorOptions<R>
  private readonly policy: RestartPolicy
  private readonly context: Context.Context<R | Scope.Scope>
  private readonly notices: Notices
  private readonly running = new Waiting()
  private isUp = false
  private isClosed = false
  private defect: { readonly value: unknown } | undefined
  private fiber: Fiber.Fiber<void, unknown> | undefined
  private restartCount = 0
  /** When it has been started again, within the window. */
  private recent: Array<number> = []

  constructor(
    options: ActorOptions<R>,
    context: Context.Context<R | Scope.Scope>,
    notices: Notices
  ) {
    this.name = options.name
    this.journaled = options.journaled
    this.options = options
    this.policy = options.policy ?? defaultPolicy
    this.context = context
    this.notices = notices
  }

  isRunning(): boolean {
    return this.isUp
  }

  restarts(): number {
    return this.restartCount
  }

  get awaitRunning(): Effect.Effect<void> {
    return this.running.while(() => !this.isUp)
  }

  crash(defect: unknown): void {
    if (!this.isUp || this.defect !== undefined) return
    this.defect = { value: defect }
    this.fiber?.interruptUnsafe()
  }

  /** A delay of 0 still starts in a fresh turn, which keeps the caller's stack out of the actor. */
  start(delayMillis: number) {
    this.defect = undefined
    const fiber = Effect.runForkWith(this.context)(
      Effect.andThen(
        delayMillis === 0 ? Effect.yieldNow : Effect.sleep(delayMillis),
        Effect.suspend(() => this.begin())
      )
    )
    this.fiber = fiber
    Fiber.runIn(fiber, Context.get(this.context, Scope.Scope))
    fiber.addObserver((exit) => this.onExit(exit))
  }

  private begin(): Effect.Effect<void, unknown, R> {
    this.isUp = true
    this.running.wake()
    this.notices.publish(
      this.restartCount === 0
        ? { _tag: "ActorStarted", actor: this.name }
        : { _tag: "ActorRestarted", actor: this.name, restarts: this.restartCount }
    )
    return this.options.run
  }

  close() {
    this.isClosed = true
    this.isUp = false
    this.notices.ended(this.name)
  }

  private onExit(exit: Exit.Exit<void, unknown>) {
    this.isUp = false
    if (this.isClosed) return
    const killed = this.defect
    // An interruption is an end where the scope closes; anywhere else it is a failure like others.
    const isClosing = Context.get(this.context, Scope.Scope).state._tag === "Closed"
    const stopped = Exit.isSuccess(exit) || isClosing
    if (stopped) {
      this.close()
      this.notices.publish({ _tag: "ActorStopped", actor: this.name })
      return
    }
    const cause = killed === undefined ? exit.cause : Cause.die(killed.value)
    this.restart(describeFailure(cause))
  }

  private restart(failure: string) {
    const nowMillis = Context.get(this.context, Clock.Clock).currentTimeMillisUnsafe()
    const { backoff, intensity, windowMillis } = this.policy
    this.recent = this.recent.filter((at) => at > nowMillis - windowMillis)
    if (this.recent.length >= intensity) return this.escalate(failure)
    const jitter = Context.get(this.context, Random.Random).nextDoubleUnsafe()
    const delayMillis = Backoff.delayMillis(backoff, this.recent.length, jitter)
    this.recent.push(nowMillis)
    this.restartCount++
    this.notices.publish({ _tag: "ActorFailed", actor: this.name, failure, delayMillis })
    this.start(delayMillis)
  }

  private escalate(failure: string) {
    const error = new EscalationError({
      actor: this.name,
      restarts: this.recent.length,
      windowMillis: this.policy.windowMillis,
      lastFailure: failure
    })
    this.close()
    this.notices.publish({ _tag: "ActorEscalated", actor: this.name, error })
    if (this.options.onEscalation === undefined) return this.notices.unhandled(error)
    Effect.runForkWith(this.context)(this.options.onEscalation(error))
  }
}

/** A failure in one line or a few, for events and logs. */
export const describeFailure = (cause: Cause.Cause<unknown>): string => {
  const [first] = Cause.prettyErrors(cause)
  return first === undefined ? "interrupted" : `${first.name}: ${first.message}`
}
