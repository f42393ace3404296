/** What is going on, for whoever waits. On stderr, so that stdout holds results only. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** Numbers the steps of a work of known length. */
export const makeProgress = (steps: number) => {
  const start = performance.now()
  let step = 0
  return (line: string): void => {
    step++
    const seconds = Math.round((performance.now() - start) / 1_000)
    say(`[${`${step}`.padStart(`${steps}`.length)}/${steps} ${`${seconds}`.padStart(3)} s] ${line}`)
  }
}
