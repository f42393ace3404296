/** The command line of the fuzz. */
import { parse, positiveInteger, UsageError } from "../../bench/harness/Arguments.ts"
import { generators } from "./Generators.ts"

const names = generators.map(({ name }) => name)

export const usage = `usage: npm run fuzz -- [options]

Attacks a listening node with hostile input of every kind, while two good peers broadcast through it.

  --seconds N    how long (20)
  --seed S       what all chance is drawn from (1)
  --only NAME    one kind of input alone
  --step K       one step of it alone, again and again
  --json         one JSON object on stdout at the end, and no table

Kinds: ${names.join("; ")}.
Progress goes to stderr, results to stdout.
Exit codes: 0 all has held, 1 something has not, 2 bad usage.
`

export interface Options {
  readonly seconds: number
  readonly seed: number
  readonly only: string | undefined
  readonly step: number | undefined
  readonly json: boolean
}

const wholeNumber = (name: string, text: string): number => {
  if (!/^[0-9]{1,9}$/.test(text))
    throw new UsageError(`--${name} takes a whole number from 0, not '${text}'`)
  return Number(text)
}

/** Undefined where only the usage is asked for. */
export const readOptions = (args: ReadonlyArray<string>): Options | undefined => {
  const { values } = parse({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h", default: false },
      seconds: { type: "string", default: "20" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
      step: { type: "string" },
      json: { type: "boolean", default: false }
    }
  })
  if (values.help) return undefined
  const { json, only, step } = values
  if (only !== undefined && !names.includes(only)) {
    throw new UsageError(`--only takes ${names.join(", ")}, not '${only}'`)
  }
  if (step !== undefined && only === undefined) {
    throw new UsageError("--step is the number of a step of one kind: it wants --only too")
  }
  return {
    seconds: positiveInteger("seconds", values.seconds),
    seed: wholeNumber("seed", values.seed),
    only,
    step: step === undefined ? undefined : wholeNumber("step", step),
    json
  }
}
