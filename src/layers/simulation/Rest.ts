/**
 * Waiting until a simulated network is at rest: when nothing is under way any more.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { RestlessError } from "./SimulationError.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** How long a network is waited for until it must be at rest, by default. */
const SETTLE_MILLIS = 60_000

/** Who waits until the network is at rest. */
export class Rest {
  private readonly time: VirtualTime
  private readonly underWay: () => number
  private waiting: Array<() => void> = []

  constructor(time: VirtualTime, underWay: () => number) {
    this.time = time
    this.underWay = underWay
  }

  /** To be called when nothing more can run at a moment. */
  look(): void {
    if (this.waiting.length === 0 || this.underWay() > 0) return
    const waiting = this.waiting
    this.waiting = []
    for (const wake of waiting) wake()
  }

  await(withinMillis = SETTLE_MILLIS): Effect.Effect<void, RestlessError> {
    return Effect.callback((resume) => {
      const wake = () => resume(Effect.void)
      const leave = () => {
        this.waiting = this.waiting.filter((other) => other !== wake)
      }
      this.waiting.push(wake)
      this.time.schedule(withinMillis, () => {
        leave()
        resume(Effect.fail(new RestlessError({ withinMillis, underWay: this.underWay() })))
      })
      return Effect.sync(leave)
    })
  }
}
