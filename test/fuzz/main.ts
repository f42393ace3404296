// `npm run fuzz -- [options]`: hostile input against a node that serves good peers meanwhile.

import { UsageError } from "../../bench/harness/Arguments.ts"
import { readOptions, usage } from "./Options.ts"
import { run } from "./Run.ts"
import { judge, show } from "./Verdict.ts"

const main = async (args: ReadonlyArray<string>): Promise<number> => {
  try {
    const options = readOptions(args)
    if (options === undefined) {
      console.log(usage)
      return 0
    }
    const verdict = judge(options, await run(options))
    console.log(options.json ? JSON.stringify(verdict) : show(verdict))
    return verdict.broken.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${usage}`)
    return 2
  }
}

process.exit(await main(process.argv.slice(2)))
