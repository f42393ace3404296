/**
 * Jittered exponential back-off, as arithmetic.
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter" (2015), "equal jitter": half of the delay is
 * kept, half is drawn, so that retries spread without ever coming at once.
 *
 * @since 0.1.0
 */

/** First and longest delay, in milliseconds. */
export interface Backoff {
  readonly minMillis: number
  readonly maxMillis: number
}

/**
 * The delay before attempt `attempt` (from 0), in milliseconds.
 *
 * @param jitter a draw from [0, 1)
 */
export const delayMillis = (backoff: Backoff, attempt: number, jitter: number): number => {
  // 2^53 and beyond would lose the minimum's precision; any maximum is reached long before.
  const ceiling = Math.min(backoff.maxMillis, backoff.minMillis * 2 ** Math.min(attempt, 52))
  return Math.round(ceiling / 2 + (ceiling / 2) * jitter)
}
