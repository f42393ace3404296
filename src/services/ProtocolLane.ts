/**
 * The lane of one kind of message: its handlers run at most so many at once, and what comes meanwhile
 * waits, capped in bytes. Each kind has a lane of its own, so that a slow handler holds up nobody else.
 *
 * Handlers start in the order in which their messages came, at the end of the event-loop turn: the relay is
 * done with its chunk by then.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { SchedulerDispatcher } from "effect/Scheduler"
import { PROTOCOL_BACKLOG_MAX_BYTES } from "../domain/Limits.ts"

interface Job {
  readonly effect: Effect.Effect<void>
  readonly bytes: number
}

export class ProtocolLane {
  private readonly concurrency: number
  private readonly fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  private readonly dispatcher: SchedulerDispatcher
  private jobs: Array<Job> = []
  private head = 0
  private waitingBytes = 0
  private running = 0
  private isScheduled = false
  private isClosed = false

  constructor(
    concurrency: number,
    fork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>,
    dispatcher: SchedulerDispatcher
  ) {
    this.concurrency = concurrency
    this.fork = fork
    this.dispatcher = dispatcher
  }

  /** Bytes of messages that wait for a handler. */
  get backlogBytes(): number {
    return this.waitingBytes
  }

  /** Handlers that run now. */
  get active(): number {
    return this.running
  }

  /** Whether there is room for one more message of so many bytes. */
  hasRoom(bytes: number): boolean {
    if (this.isClosed) return false
    const isEmpty = this.head === this.jobs.length
    return isEmpty || this.waitingBytes + bytes <= PROTOCOL_BACKLOG_MAX_BYTES
  }

  /** Has an effect that can't fail run, now or later. False where there is no room for it. */
  offer(effect: Effect.Effect<void>, bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false
    this.jobs.push({ effect, bytes })
    this.waitingBytes += bytes
    this.schedule()
    return true
  }

  /** Starts nothing more; what waits is let go of. */
  close(): void {
    this.isClosed = true
    this.jobs = []
    this.head = 0
    this.waitingBytes = 0
  }

  private schedule(): void {
    if (this.isScheduled || this.running >= this.concurrency) return
    this.isScheduled = true
    this.dispatcher.scheduleTask(() => {
      this.isScheduled = false
      this.start()
    }, 0)
  }

  private start(): void {
    while (this.running < this.concurrency) {
      const job = this.jobs[this.head]
      if (job === undefined) break
      this.head++
      this.waitingBytes -= job.bytes
      this.running++
      this.fork(job.effect).addObserver(() => {
        this.running--
        if (this.head < this.jobs.length) this.schedule()
      })
    }
    // What has started is let go of; each job is moved but once, on the average.
    if (this.head * 2 >= this.jobs.length) {
      this.jobs = this.jobs.slice(this.head)
      this.head = 0
    }
  }
}
