import { middle, spread, type Series } from "../harness/Rounds.ts"
import { significant } from "../harness/Statistics.ts"

type Sizes = ReadonlyArray<Series<string>>

/** The figures that are told as times those of the smallest network: all that would stay where nothing grew. */
const GROWING = [
  "eventsPerSecond",
  "cpuMicrosPerEvent",
  "aliveBytesPerNode",
  "buildMillisPerNode",
  "settleMillisPerNode"
] as const

/** Medians and all runs of each size. */
export const summary = (sizes: Sizes) =>
  Object.fromEntries(
    sizes.map((series) => [
      series.subject,
      {
        medians: Object.fromEntries(
          Object.keys(series.runs[0] ?? {}).map((figure) => [
            figure,
            significant(middle(series, figure))
          ])
        ),
        spreadPercent: significant(spread(series, "eventsPerSecond"), 2),
        runs: series.runs,
        ...(series.problem === undefined ? {} : { problem: series.problem })
      }
    ])
  )

/** How many times the first size's figures those of a size are, in the same run. */
export const ratio = (sizes: Sizes, series: Series<string>, figure: string): number =>
  middle(series, figure) / middle(sizes[0], figure)

export const growth = (sizes: Sizes) =>
  Object.fromEntries(
    sizes
      .slice(1)
      .map((series) => [
        series.subject,
        Object.fromEntries(
          GROWING.map(
            (figure) => [figure, significant(ratio(sizes, series, figure))] as const
          ).filter(([, value]) => Number.isFinite(value))
        )
      ])
  )
