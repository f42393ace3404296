import { middle, spread, type Series } from "../harness/Rounds.ts"
import { significant } from "../harness/Statistics.ts"
import type { SubjectName } from "./Subjects.ts"

/** One table: some subjects on the same task. */
export interface Task {
  /** For the progress shown. */
  readonly name: string
  readonly title: string
  /** The figure that the ratios are of. */
  readonly rate: string
  /** What the ratios are to: the limit and the competitor, where those are in the table. */
  readonly against: ReadonlyArray<SubjectName>
}

export interface Comparison extends Task {
  readonly series: ReadonlyArray<Series<SubjectName>>
}

export const find = (comparison: Comparison | undefined, subject: SubjectName) =>
  comparison?.series.find((series) => series.subject === subject)

/** How many times another's rate a subject has; NaN where one of the two was not measured. */
export const ratio = (
  comparison: Comparison | undefined,
  subject: SubjectName,
  to: SubjectName
): number =>
  comparison === undefined
    ? Number.NaN
    : middle(find(comparison, subject), comparison.rate) /
      middle(find(comparison, to), comparison.rate)

/** Medians, ratios and all runs, as they go into the JSON. */
export const summary = (comparison: Comparison) =>
  Object.fromEntries(
    comparison.series.map((series) => [
      series.subject,
      {
        medians: Object.fromEntries(
          Object.keys(series.runs[0] ?? {}).map((figure) => [
            figure,
            significant(middle(series, figure))
          ])
        ),
        ratios: Object.fromEntries(
          comparison.against
            .map((to) => [to, significant(ratio(comparison, series.subject, to))] as const)
            .filter(([, value]) => Number.isFinite(value))
        ),
        spreadPercent: significant(spread(series, comparison.rate), 2),
        runs: series.runs,
        ...(series.problem === undefined ? {} : { problem: series.problem })
      }
    ])
  )
