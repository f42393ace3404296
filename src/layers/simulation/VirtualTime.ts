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

export class VirtualTime implements Scheduler {
  readonly executionMode = "sync"
  readonly clock: Clock.Clock
  nowMillis = EPOCH_MILLIS
  private readonly heap = new Heap()
  private tasks: Array<() => void> = []
  private order = 0
  /** Fibers that sleep. */
  private sleeping = 0

  constructor() {
    const nanos = () => BigInt(Math.round(this.nowMillis * 1e6))
    this.clock = {
      currentTimeMillisUnsafe: () => this.nowMillis,
      currentTimeMillis: Effect.sync(() => this.nowMillis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) => this.sleep(Duration.toMillis(duration))
    }
  }

  /** Fibers that sleep, and would wake: those that were interrupted don't count, nor does what a link carries. */
  get sleepers(): number {
    return this.sleeping
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

  /** Runs every task that can run now. */
  drain(): void {
    while (this.tasks.length > 0) {
      const tasks = this.tasks
      this.tasks = []
      for (const task of tasks) task()
    }
  }

  /** Lets time pass to the next wake-up, and fires it. False where there is none. */
  step(): boolean {
    const wake = this.heap.pop()
    if (wake === undefined) return false
    const { task } = wake
    if (task !== undefined) {
      wake.task = undefined
      this.nowMillis = wake.atMillis
      task()
    }
    return true
  }

  private readonly dispatcher: SchedulerDispatcher = {
    scheduleTask: (task) => {
      this.tasks.push(task)
    },
    flush: () => this.drain()
  }

  private at(atMillis: number, task: () => void): Wake {
    const wake: Wake = { atMillis, order: this.order++, task }
    this.heap.push(wake)
    return wake
  }

  private sleep(millis: number): Effect.Effect<void> {
    if (millis === Number.POSITIVE_INFINITY) return Effect.never
    return Effect.callback<void>((resume) => {
      const wake = this.at(this.nowMillis + Math.max(0, millis), () => {
        this.sleeping--
        resume(Effect.void)
      })
      this.sleeping++
      // Left in the heap, but empty: it fires nothing, and moves no clock.
      return Effect.sync(() => {
        if (wake.task !== undefined) this.sleeping--
        wake.task = undefined
      })
    })
  }
}
