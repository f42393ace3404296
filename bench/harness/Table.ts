/** Columns wide enough for their longest cell; the first to the left, numbers to the right. */
export const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): string => {
  const lines = [head, ...rows]
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0))
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
        )
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

export const count = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(value >= 10 ? 1 : 2)

export const percent = (value: number): string => `${value.toFixed(value === 100 ? 0 : 1)}%`

export const mebibytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`

export const times = (ratio: number): string => `${count(ratio)}x`
