/**
 * The end of the demonstration in a table: each message, and how soon each member had it.
 *
 * @since 0.1.0
 */
import { styleText } from "node:util"
import { type Entry, missing } from "./Chronicle.ts"
import * as Table from "./Table.ts"

/** Not meant for this member. */
const NOBODY = "·"

const cell = (entry: Entry, member: string): string => {
  if (!entry.to.includes(member)) return NOBODY
  return entry.arrivals.get(member)?.toFixed(1) ?? "never"
}

const count = (entry: Entry) => entry.to.length - missing(entry).length

/** Whether there was something to deliver, and everybody got it. */
export const isComplete = (entries: ReadonlyArray<Entry>): boolean =>
  entries.length > 0 && entries.every((entry) => missing(entry).length === 0)

export const render = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> => {
  const members = [...new Set(entries.flatMap(({ from, to }) => [from, ...to]))].toSorted()
  const [titles = "", rule = "", ...rows] = Table.render(
    [
      { title: "Message", align: "left" },
      { title: "From", align: "left" },
      ...members.map((title) => ({ title, align: "right" as const })),
      { title: "Got it", align: "right" }
    ],
    entries.map((entry) => [
      entry.what,
      entry.from,
      ...members.map((member) => cell(entry, member)),
      `${count(entry)}/${entry.to.length}`
    ])
  )
  const total = entries.reduce((sum, { to }) => sum + to.length, 0)
  const delivered = entries.reduce((sum, entry) => sum + count(entry), 0)
  const verdict = `${delivered} of ${total} deliveries made; times are milliseconds from sending.`
  return [
    "",
    styleText("bold", titles),
    rule,
    ...rows.map((row, i) => {
      const entry = entries[i]
      return entry !== undefined && missing(entry).length > 0 ? styleText("red", row) : row
    }),
    "",
    styleText(isComplete(entries) ? "green" : "red", verdict)
  ]
}
