/**
 * A table of texts, its columns aligned.
 *
 * @since 0.1.0
 */

export interface Column {
  readonly title: string
  readonly align: "left" | "right"
}

const GAP = "  "

const width = (text: string) => [...text].length

const pad = (text: string, toWidth: number, align: Column["align"]) => {
  const space = " ".repeat(Math.max(0, toWidth - width(text)))
  return align === "left" ? text + space : space + text
}

/** The title line, a rule, and a line for each row. */
export const render = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): ReadonlyArray<string> => {
  const widths = columns.map(({ title }, i) =>
    Math.max(width(title), ...rows.map((row) => width(row[i] ?? "")))
  )
  const line = (cells: ReadonlyArray<string>) =>
    columns
      .map(({ align }, i) => pad(cells[i] ?? "", widths[i] ?? 0, align))
      .join(GAP)
      .trimEnd()
  return [
    line(columns.map(({ title }) => title)),
    widths.map((each) => "─".repeat(each)).join(GAP),
    ...rows.map(line)
  ]
}
