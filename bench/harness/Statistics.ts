/** The middle one: one run in which the machine was busy with something else does not show. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** (largest - smallest) / median, in percent: how far the runs of one subject lie apart. */
export const spreadPercent = (values: ReadonlyArray<number>): number =>
  values.length < 2 ? 0 : (100 * (Math.max(...values) - Math.min(...values))) / median(values)

/** Rounded to a number of significant digits, for JSON that a person can read. */
export const significant = (value: number, digits = 4): number => Number(value.toPrecision(digits))
