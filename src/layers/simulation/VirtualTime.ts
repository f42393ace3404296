/**
 * Time that passes only when it is told to: a clock and a scheduler for one run.
 *
 * Wake-ups and deliveries lie in one heap, keyed by when they are due and then by when they were made; the
 * fibers' tasks in one queue, first in, first out. Nothing is left to a timer, so that the same
 * program does the same each time.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Scheduler, SchedulerDispatcher } from "effect/Scheduler"

interface Wake {
  readonly atMillis: number
  readonly order: number
  task: (() => void) | undefined
}

/** Whether one wake-up comes before another. */
const isBefore = (a: Wake, b: Wake) =>
  a.atMillis < b.atMillis || (a.atMillis === b.atMillis && a.order < b.order)

/** A binary heap of wake-ups. */
class Heap {
  private readonly items: Array<Wake> = []

  push(wake: Wake): void {
    const items = this.items
    let at = items.length
    items.push(wake)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = items[parent]
      if (above === undefined || !isBefore(wake, above)) break
      items[at] = above
      at = parent
    }
    items[at] = wake
  }

  pop(): Wake | undefined {
    const items = this.items
    const top = items[0]
    const last = items.pop()
    if (last === undefined || items.length === 0) return top
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let child = items[left]
      let childAt = left
      const other = items[right]
      if (child === undefined) break
      if (other !== undefined && isBefore(other, child)) {
        child = other
        childAt = right
      }
      if (!isBefore(child, last)) break
      items[at] = child
      at = childAt
    }
    items[at] = last
    return top
  }
}

/** Unix time at which every run begins: a whole second, and the same one for ever. */
export const EPOCH_MILLIS = 1_500_000_000_000

/** A clock that reads a function, and sleeps by another. */
const clockOf = (
  nowMillis: () => number,
  monotonicMillis: () => number,
  sleep: (millis: number) => Effect.Effect<void>
): Clock.Clock => {
  const nanos = (millis: number) => BigInt(Math.round(millis * 1e6))
  return {
    currentTimeMillisUnsafe: nowMillis,
    currentTimeMillis: Effect.sync(nowMillis),
    currentTimeNanosUnsafe: () => nanos(nowMillis()),
    currentTimeNanos: Effect.sync(() => nanos(nowMillis())),
    monotonicTimeNanosUnsafe: () => nanos(monotonicMillis()),
    monotonicTimeNanos: Effect.sync(() => nanos(monotonicMillis())),
    sleep: (duration) => sleep(Duration.toMillis(duration))
  }
}

/**
 * Milliseconds from which on a sleep is a timer: a heartbeat, a time limit, a back-off that has grown. What is
 * shorter is taken for something that is under way.
 */
export const TIMER_MIN_MILLIS = 1_000

export class VirtualTime implements Scheduler {
  readonly executionMode = "sync"
  readonly clock: Clock.Clock
  nowMillis = EPOCH_MILLIS
  /** Fibers that sleep, and would wake: those that were interrupted don't count, nor does what a link carries. */
  sleepers = 0
  /** Those of them that sleep for less than `TIMER_MIN_MILLIS`. */
  brief = 0
  /** Tasks and wake-ups that have run since time passed last. */
  worked = 0
  /** Most of them that may: with one more nothing runs any further. */
  workMax = Number.POSITIVE_INFINITY
  private readonly heap = new Heap()
  private tasks: Array<() => void> = []
  private order = 0

  constructor() {
    const now = () => this.nowMillis
    const passed = () => this.nowMillis - EPOCH_MILLIS
    this.clock = clockOf(now, passed, (millis) => this.sleep(millis, (task) => task()))
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield
  }

  makeDispatcher(): SchedulerDispatcher {
    return this.dispatcher
  }

  /** Runs a task after a delay. */
  readonly schedule = (delayMillis: number, task: () => void): void => {
    this.at(this.nowMillis + Math.max(0, delayMillis), task)
  }

  /** Runs a task in this turn, behind all that are to run in it already. */
  readonly enqueue = (task: () => void): void => {
    this.tasks.push(task)
  }

  /** Runs every task that can run now. */
  drain(): void {
    while (this.tasks.length > 0 && !this.isSpinning) {
      const tasks = this.tasks
      this.tasks = []
      this.worked += tasks.length
      for (const task of tasks) task()
    }
  }

  /** Whether so much has run at one moment that it looks as if time would never pass again. */
  get isSpinning(): boolean {
    return this.worked > this.workMax
  }

  /** Whether something can run now. */
  get isBusy(): boolean {
    return this.tasks.length > 0
  }

  /** Lets time pass to the next wake-up, and fires it. False where there is none. */
  step(): boolean {
    const wake = this.heap.pop()
    if (wake === undefined) return false
    const { task } = wake
    if (task !== undefined) {
      wake.task = undefined
      this.worked = wake.atMillis > this.nowMillis ? 0 : this.worked + 1
      this.nowMillis = wake.atMillis
      task()
    }
    return true
  }

  /** Sleeps for some milliseconds of this time; `fire` runs what wakes the sleeper, now or when it can. */
  sleep(millis: number, fire: (task: () => void) => void): Effect.Effect<void> {
    if (millis === Number.POSITIVE_INFINITY) return Effect.never
    return Effect.callback<void>((resume) => {
      const brief = millis < TIMER_MIN_MILLIS ? 1 : 0
      const wake = this.at(this.nowMillis + Math.max(0, millis), () => {
        this.sleepers--
        this.brief -= brief
        fire(() => resume(Effect.void))
      })
      this.sleepers++
      this.brief += brief
      // Left in the heap, but empty: it fires nothing, and moves no clock.
      return Effect.sync(() => {
        if (wake.task === undefined) return
        this.sleepers--
        this.brief -= brief
        wake.task = undefined
      })
    })
  }

  private readonly dispatcher: SchedulerDispatcher = {
    scheduleTask: this.enqueue,
    flush: () => this.drain()
  }

  private at(atMillis: number, task: () => void): Wake {
    const wake: Wake = { atMillis, order: this.order++, task }
    this.heap.push(wake)
    return wake
  }
}

/**
 * The time of one process: a clock that may be wrong and run wrong, and a scheduler that may stand still for a
 * while, as the process of a machine that is out of memory or asleep does.
 */
export class ProcessTime implements Scheduler {
  readonly executionMode = "sync"
  readonly clock: Clock.Clock
  private readonly time: VirtualTime
  /** What the clock showed, and the virtual time then: it runs on from there. */
  private shownMillis: number
  private sinceMillis: number
  private rate = 1
  /** What would have run while the process stood still. */
  private held: Array<() => void> | undefined

  constructor(time: VirtualTime) {
    this.time = time
    this.shownMillis = time.nowMillis
    this.sinceMillis = time.nowMillis
    this.clock = clockOf(
      () => Math.floor(this.nowMillis),
      // No date can be made of it, as of a machine's.
      () => time.nowMillis - EPOCH_MILLIS,
      (millis) => time.sleep(millis / this.rate, this.fire)
    )
  }

  /** What the clock shows. */
  get nowMillis(): number {
    return this.shownMillis + (this.time.nowMillis - this.sinceMillis) * this.rate
  }

  get isPaused(): boolean {
    return this.held !== undefined
  }

  /** Sets the clock forward, or back. */
  step(millis: number): void {
    this.shownMillis = this.nowMillis + millis
    this.sinceMillis = this.time.nowMillis
  }

  /** Makes the clock run faster by some parts in a million, or slower; also what sleeps from now on. */
  drift(partsPerMillion: number): void {
    this.step(0)
    this.rate = 1 + partsPerMillion / 1_000_000
  }

  /** Milliseconds by which the clock is ahead; behind, if negative. */
  get skewMillis(): number {
    return this.nowMillis - this.time.nowMillis
  }

  /** Sets the clock right, and has it run right. */
  setRight(): void {
    this.step(-this.skewMillis)
    this.rate = 1
  }

  pause(): void {
    this.held ??= []
  }

  resume(): void {
    const held = this.held ?? []
    this.held = undefined
    for (const task of held) this.time.enqueue(task)
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return this.time.shouldYield(fiber)
  }

  makeDispatcher(): SchedulerDispatcher {
    return this.dispatcher
  }

  private readonly enqueue = (task: () => void): void => {
    if (this.held === undefined) this.time.enqueue(task)
    else this.held.push(task)
  }

  private readonly fire = (task: () => void): void => {
    if (this.held === undefined) task()
    else this.held.push(task)
  }

  private readonly dispatcher: SchedulerDispatcher = {
    scheduleTask: this.enqueue,
    flush: () => this.time.drain()
  }
}
