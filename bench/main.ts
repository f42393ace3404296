// `npm run bench -- SUBCOMMAND [options]`: benchmarks, each against a baseline in the same run.

import { UsageError } from "./harness/Arguments.ts"
import { mesh, usage as meshUsage } from "./mesh/Mesh.ts"
import { simulation, usage as simulationUsage } from "./simulation/Simulation.ts"

const subcommands = new Map([
  ["mesh", { run: mesh, usage: meshUsage }],
  ["simulation", { run: simulation, usage: simulationUsage }]
])

const usage = `usage: npm run bench -- SUBCOMMAND [options]

  mesh         broadcasts and streams, beside the hand-written limit and js2p
  simulation   simulated networks of 100 to 10,000 nodes, each size beside the smallest

SUBCOMMAND --help tells its options. Progress goes to stderr, results to stdout.
Exit codes: 0 measured, 1 a subject failed, 2 bad usage.
`

const main = async (args: ReadonlyArray<string>): Promise<number> => {
  const [name = "", ...rest] = args
  if (name === "--help" || name === "-h") {
    console.log(usage)
    return 0
  }
  const subcommand = subcommands.get(name)
  if (subcommand === undefined) {
    console.error(name === "" ? usage : `no subcommand '${name}'\n\n${usage}`)
    return 2
  }
  try {
    return await subcommand.run(rest)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${subcommand.usage}`)
    return 2
  }
}

process.exitCode = await main(process.argv.slice(2))
