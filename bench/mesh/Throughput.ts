import type { Deliveries } from "./Deliveries.ts"

/** How long nothing may arrive before what is in flight counts as lost. */
const STALL_MILLIS = 3_000
/** Longest stretch of sending before the event loop turns, so that a slow sender still receives. */
const TURN_MILLIS = 5
const WATCH_MILLIS = 20

export interface ThroughputOptions {
  readonly from: number
  readonly count: number
  /** Most broadcasts on their way to some node at a time. */
  readonly window: number
  /** After this long no more is sent; after twice as long what is in flight is given up. */
  readonly maxSeconds: number
}

export interface Throughput {
  readonly broadcasts: number
  readonly deliveries: number
  readonly percentDelivered: number
  /** Whether all broadcasts had gone out and arrived before the time was up. */
  readonly complete: boolean
  readonly seconds: number
  readonly deliveriesPerSecond: number
  readonly cpuMicrosPerDelivery: number
}

/** Sends broadcasts from the nodes in turn, as fast as the window lets it. */
export const throughput = (
  deliveries: Deliveries,
  options: ThroughputOptions
): Promise<Throughput> => new Promise((resolve) => new Run(deliveries, options, resolve))

class Run {
  readonly #deliveries: Deliveries
  readonly #options: ThroughputOptions
  readonly #resolve: (result: Throughput) => void
  readonly #end: number
  readonly #start = performance.now()
  readonly #cpu = process.cpuUsage()
  readonly #countBefore: number
  readonly #watch: NodeJS.Timeout
  #next: number
  #settled = 0
  #lost = 0
  #lostDeliveries = 0
  #scheduled = false
  #timeUp = false
  #progressCount = -1
  #progressAt = this.#start

  constructor(
    deliveries: Deliveries,
    options: ThroughputOptions,
    resolve: (result: Throughput) => void
  ) {
    this.#deliveries = deliveries
    this.#options = options
    this.#resolve = resolve
    this.#next = options.from
    this.#end = options.from + options.count
    this.#countBefore = deliveries.count
    this.#watch = setInterval(() => this.#look(), WATCH_MILLIS)
    deliveries.onSettled = () => {
      this.#settled++
      if (this.#sentAll() && this.#inFlight() === 0) this.#finish(performance.now())
      else this.#schedule()
    }
    this.#schedule()
  }

  #inFlight(): number {
    return this.#next - this.#options.from - this.#settled - this.#lost
  }

  #sentAll(): boolean {
    return this.#timeUp || this.#next === this.#end
  }

  // Sending waits for the end of the turn: many broadcasts settle in one turn of the event loop,
  // and a subject that gathers its writes should see their successors together.
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#scheduled = false
    const turnEnd = performance.now() + TURN_MILLIS
    while (!this.#sentAll() && this.#inFlight() < this.#options.window) {
      this.#deliveries.send(this.#next++)
      if (performance.now() > turnEnd) return this.#schedule()
    }
  }

  /** Ends the run when its time is up, and counts as lost what has been silent for too long. */
  #look(): void {
    const now = performance.now()
    const maxMillis = this.#options.maxSeconds * 1_000
    this.#timeUp ||= now - this.#start > maxMillis
    if (this.#deliveries.count !== this.#progressCount) {
      this.#progressCount = this.#deliveries.count
      this.#progressAt = now
    }
    const overdue = now - this.#start > 2 * maxMillis
    if (overdue || (this.#sentAll() && this.#inFlight() === 0)) return this.#finish(now)
    if (now - this.#progressAt < STALL_MILLIS || this.#inFlight() === 0) return
    for (let sequence = this.#options.from; sequence < this.#next; sequence++) {
      const missing = this.#deliveries.giveUp(sequence)
      if (missing === 0) continue
      this.#lost++
      this.#lostDeliveries += missing
    }
    // The silence after the last delivery is our patience, not the subject's slowness.
    if (this.#sentAll()) return this.#finish(this.#progressAt)
    this.#progressAt = now
    this.#schedule()
  }

  #finish(at: number): void {
    clearInterval(this.#watch)
    this.#deliveries.onSettled = () => {}
    const cpu = process.cpuUsage(this.#cpu)
    const count = this.#deliveries.count - this.#countBefore
    const seconds = (at - this.#start) / 1_000
    // What was still on its way when the time ran out is neither delivered nor lost.
    const expected = (this.#settled + this.#lost) * (this.#deliveries.nodes - 1)
    this.#resolve({
      broadcasts: this.#next - this.#options.from,
      deliveries: count,
      percentDelivered: expected === 0 ? 0 : (100 * (expected - this.#lostDeliveries)) / expected,
      complete: this.#next === this.#end && this.#settled === this.#options.count,
      seconds,
      deliveriesPerSecond: seconds > 0 ? count / seconds : 0,
      cpuMicrosPerDelivery: (cpu.user + cpu.system) / Math.max(1, count)
    })
  }
}
