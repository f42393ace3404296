import { middle, spread, type Series } from "../harness/Rounds.ts"
import * as Table from "../harness/Table.ts"
import type { Aim } from "./Aims.ts"
import { ratio, type Comparison } from "./Compare.ts"
import type { SubjectName } from "./Subjects.ts"

interface Column {
  readonly head: string
  readonly cell: (series: Series<SubjectName>) => string
}

const figure = (head: string, name: string, show: (value: number) => string): Column => ({
  head,
  cell: (series) => {
    const value = middle(series, name)
    return Number.isFinite(value) ? show(value) : "-"
  }
})

const ratios = (comparison: Comparison): ReadonlyArray<Column> =>
  comparison.against.map((to) => ({
    head: `to ${to}`,
    cell: ({ subject }) => {
      const value = ratio(comparison, subject, to)
      return Number.isFinite(value) ? Table.times(value) : "-"
    }
  }))

const columns = (comparison: Comparison): ReadonlyArray<Column> =>
  comparison.rate === "messagesPerSecond"
    ? [
        figure("messages/s", "messagesPerSecond", Table.count),
        ...ratios(comparison),
        figure("arrived", "percentDelivered", Table.percent),
        figure("µs CPU/msg out", "sendCpuMicrosPerMessage", Table.count),
        figure("in", "receiveCpuMicrosPerMessage", Table.count),
        figure("peak out", "sendPeakMemoryBytes", Table.mebibytes),
        figure("in", "receivePeakMemoryBytes", Table.mebibytes)
      ]
    : [
        figure("deliveries/s", "deliveriesPerSecond", Table.count),
        ...ratios(comparison),
        figure("delivered", "percentDelivered", Table.percent),
        figure("µs CPU/dlv", "cpuMicrosPerDelivery", Table.count),
        figure("peak", "peakMemoryBytes", Table.mebibytes),
        figure("p50 ms", "p50Millis", (value) => value.toFixed(2)),
        figure("p99 ms", "p99Millis", (value) => value.toFixed(2)),
        figure("broadcasts", "broadcasts", Table.count)
      ]

export const printComparison = (comparison: Comparison): void => {
  const wanted = columns(comparison)
  const measured = comparison.series.filter((series) => series.runs.length > 0)
  const rows = measured.map((series) => [
    series.subject,
    ...wanted.map((column) => column.cell(series)),
    `${Math.round(spread(series, comparison.rate))}%`
  ])
  console.log(`\n${comparison.title}`)
  console.log(Table.table(["", ...wanted.map((column) => column.head), "spread"], rows))
  for (const { subject, problem } of comparison.series) {
    if (problem !== undefined)
      console.log(`${subject}: ${problem.kind.toLowerCase()}: ${problem.reason}`)
  }
}

export const printAims = (rows: ReadonlyArray<Aim>): void => {
  if (rows.length === 0) return
  const cells = rows.map(({ aim, seen, met }) => [aim, Table.count(seen), met ? "met" : "MISSED"])
  console.log(`\n${Table.table(["aims", "seen", ""], cells)}`)
}
