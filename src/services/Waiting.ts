/**
 * Those who wait for something that is seldom waited for.
 *
 * A latch is some hundred bytes of closures; a node has several for each connection, and most are never waited
 * at. This one makes none before somebody waits, and keeps none after.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

export class Waiting {
  private latch: Latch.Latch | undefined

  /** Waits for the next {@link wake}, unless there is nothing to wait for by then. */
  while(isToWait: () => boolean): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (!isToWait()) return Effect.void
      this.latch ??= Latch.makeUnsafe(false)
      return this.latch.await
    })
  }

  /** Lets all go who wait. */
  wake(): void {
    const latch = this.latch
    this.latch = undefined
    latch?.openUnsafe()
  }
}
