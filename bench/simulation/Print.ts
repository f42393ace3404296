import { middle, spread, type Series } from "../harness/Rounds.ts"
import * as Table from "../harness/Table.ts"
import { ratio } from "./Growth.ts"

const kibibytes = (bytes: number) => Table.count(bytes / 1_024)
const seconds = (value: number) => value.toFixed(1)

/** Heads, figures and how they are shown; of some, how they have grown stands beside them. */
const columns = [
  { head: "events/s", figure: "eventsPerSecond", show: Table.count, grows: true },
  { head: "µs CPU/event", figure: "cpuMicrosPerEvent", show: Table.count, grows: false },
  { head: "KiB/node", figure: "aliveBytesPerNode", show: kibibytes, grows: true },
  { head: "resident", figure: "residentBytes", show: Table.mebibytes, grows: false },
  { head: "peak", figure: "peakMemoryBytes", show: Table.mebibytes, grows: false },
  { head: "ms to build", figure: "buildMillisPerNode", show: Table.count, grows: true },
  { head: "to settle", figure: "settleMillisPerNode", show: Table.count, grows: true },
  { head: "s to start", figure: "startSeconds", show: seconds, grows: false },
  { head: "delivered", figure: "percentDelivered", show: Table.percent, grows: false }
] as const

export const print = (sizes: ReadonlyArray<Series<string>>): void => {
  const measured = sizes.filter(({ runs }) => runs.length > 0)
  const rows = measured.map((series) => [
    series.subject,
    ...columns.flatMap(({ figure, grows, show }) => {
      const shown = show(middle(series, figure))
      return grows ? [shown, Table.times(ratio(sizes, series, figure))] : [shown]
    }),
    `${Math.round(spread(series, "eventsPerSecond"))}%`
  ])
  const heads = columns.flatMap(({ grows, head }) => (grows ? [head, ""] : [head]))
  console.log(Table.table(["nodes", ...heads, "spread"], rows))
  for (const { problem, subject } of sizes) {
    if (problem !== undefined) {
      console.log(`${subject} nodes: ${problem.kind.toLowerCase()}: ${problem.reason}`)
    }
  }
}
