/**
 * What a report shows: the run, and all that was recorded of it.
 *
 * @since 0.1.0
 */
import type { Recording } from "../../../../layers/simulation/recording/Recording.ts"

/** An invariant that did not hold. */
export interface BrokenInvariant {
  readonly invariant: string
  /** Its node's name; null for the network as a whole. */
  readonly node: string | null
  readonly atMillis: number
  readonly detail: string
}

/** Something and how often. */
export type Counts = ReadonlyArray<readonly [name: string, count: number]>

/** The run, as a person is told of it. */
export interface RunSummary {
  readonly scenario: string
  readonly seed: string
  /** The configuration, as JSON. */
  readonly config: string
  readonly trace: string
  readonly events: number
  readonly elapsedMillis: number
  /** The command that makes it again. */
  readonly replay: string
  readonly faults: Counts
  readonly sometimes: Counts
  readonly counters: Counts
  readonly violations: ReadonlyArray<BrokenInvariant>
}

export interface ReportData {
  readonly run: RunSummary
  readonly recording: Recording
}
