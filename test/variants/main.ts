// `npm run variants -- [name] [options]`: hunts for the bugs of the variants, and tells what has found each.

import * as Effect from "effect/Effect"
import { parse, positiveInteger, UsageError } from "../../bench/harness/Arguments.ts"
import { huntAll } from "./Hunt.ts"
import * as Show from "./Show.ts"
import { variants } from "./Variants.ts"

const usage = `usage: npm run variants -- [name] [options]

Puts each of ${variants.length} bugs into a copy of the sources, and simulates networks of it until an invariant breaks.

  name           one variant alone
  --keep         leaves the copy of the sources, and tells how to run the smallest case with it
  --workers N    threads to run on (2)
  --list         tells which variants there are, and runs none

Exit codes: 0 all were found, 1 one was not, 2 bad usage.
`

const main = async (args: ReadonlyArray<string>): Promise<number> => {
  const { positionals, values } = parse({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h", default: false },
      keep: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      workers: { type: "string", default: "2" }
    }
  })
  const lines = (all: ReadonlyArray<string>) => console.log(all.join("\n"))
  if (values.help) {
    console.log(usage)
    return 0
  }
  const unknown = positionals.find((name) => variants.every((variant) => variant.name !== name))
  if (unknown !== undefined) throw new UsageError(`there is no variant '${unknown}'`)
  const chosen = variants.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name)
  )
  if (values.list) {
    lines(Show.list(chosen))
    return 0
  }
  const hunted = await Effect.runPromise(
    huntAll(chosen, {
      threads: positiveInteger("workers", values.workers),
      isKept: values.keep,
      isThorough: true,
      onResult: (each) => console.error(Show.progress(each))
    })
  )
  lines(Show.table(hunted))
  if (values.keep) lines(hunted.flatMap(Show.again))
  return hunted.every(({ found }) => found !== undefined) ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}
