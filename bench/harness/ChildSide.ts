import type { Report } from "./Report.ts"

/** To the harness, or to the terminal where a child is run by hand. */
export const report = (message: Report): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) {
      console.log(JSON.stringify(message))
      resolve()
    } else {
      process.send(message, () => resolve())
    }
  })

/** Runs a child's work and reports how it ended; ends with the harness if that goes first. */
export const runAsChild = async (work: () => Promise<void>): Promise<void> => {
  process.once("disconnect", () => process.exit(1))
  process.once("uncaughtException", (error) => void fail(error))
  try {
    await work()
    process.exit(0)
  } catch (error) {
    await fail(error)
  }
}

const fail = async (error: unknown): Promise<void> => {
  const reason = error instanceof Error ? error.message : String(error)
  const unavailable = error instanceof Error && "_tag" in error && error._tag === "NotAvailable"
  await report(unavailable ? { _tag: "Unavailable", reason } : { _tag: "Failed", reason })
  if (!unavailable) console.error(error)
  process.exit(1)
}

/** Peak resident memory of this process so far. */
export const peakMemoryBytes = (): number => process.resourceUsage().maxRSS * 1_024

/**
 * Empties the young garbage of the set-up, where the process was started with `--expose-gc`. A full collection
 * would throw compiled code away, which no process does to itself before its work.
 */
export const collectGarbage = (): void => {
  globalThis.gc?.({ type: "minor", execution: "sync" })
}
