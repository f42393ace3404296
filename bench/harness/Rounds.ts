import { median, spreadPercent } from "./Statistics.ts"

/** What one run measured, by name; units stand last in the names. */
export type Figures = Readonly<Record<string, number>>

export type Outcome =
  | { readonly _tag: "Measured"; readonly figures: Figures }
  | { readonly _tag: "Unavailable" | "Failed"; readonly reason: string }

/** All runs of one subject in one comparison. */
export interface Series<Subject extends string> {
  readonly subject: Subject
  readonly runs: ReadonlyArray<Figures>
  /** Why there are no more runs than these. */
  readonly problem?: { readonly kind: "Unavailable" | "Failed"; readonly reason: string }
}

/**
 * Measures the subjects in turn, A B C, A B C …, so that what else the machine does in these
 * minutes falls on all alike. A subject that cannot be measured is not tried again.
 */
export const interleave = async <Subject extends string>(
  subjects: ReadonlyArray<Subject>,
  runs: number,
  measure: (subject: Subject, run: number) => Promise<Outcome>
): Promise<ReadonlyArray<Series<Subject>>> => {
  const figures = new Map<Subject, Array<Figures>>(subjects.map((subject) => [subject, []]))
  const problems = new Map<Subject, Series<Subject>["problem"]>()
  for (let run = 1; run <= runs; run++) {
    for (const subject of subjects) {
      if (problems.has(subject)) continue
      const outcome = await measure(subject, run)
      if (outcome._tag === "Measured") figures.get(subject)?.push(outcome.figures)
      else problems.set(subject, { kind: outcome._tag, reason: outcome.reason })
    }
  }
  return subjects.map((subject) => {
    const problem = problems.get(subject)
    const series = { subject, runs: figures.get(subject) ?? [] }
    return problem === undefined ? series : { ...series, problem }
  })
}

/** Median of a figure over the runs, or NaN where it was not measured. */
export const middle = (series: Series<string> | undefined, figure: string): number =>
  median((series?.runs ?? []).map((run) => run[figure] ?? Number.NaN))

export const spread = (series: Series<string>, figure: string): number =>
  spreadPercent(series.runs.map((run) => run[figure] ?? Number.NaN))
