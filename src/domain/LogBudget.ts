/**
 * How many log lines of a kind a node may write: what befalls connections is up to whoever connects, and
 * must not fill a disk.
 *
 * @since 0.1.0
 */
import { LOG_LINES_MAX, LOG_WINDOW_MILLIS } from "./Limits.ts"

interface Window {
  readonly sinceMillis: number
  lines: number
  withheld: number
}

export class LogBudget {
  private readonly windows = new Map<string, Window>()

  /**
   * Asks for a line of a kind (of a closed set). Gives how many of that kind have been withheld since the
   * last window's last line, or undefined where this one is to be withheld too.
   */
  take(kind: string, nowMillis: number): number | undefined {
    const window = this.windows.get(kind)
    if (window === undefined || nowMillis - window.sinceMillis >= LOG_WINDOW_MILLIS) {
      this.windows.set(kind, { sinceMillis: nowMillis, lines: 1, withheld: 0 })
      return window?.withheld ?? 0
    }
    if (window.lines < LOG_LINES_MAX) {
      window.lines++
      return 0
    }
    window.withheld++
    return undefined
  }
}
