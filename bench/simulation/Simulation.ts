// `npm run bench -- simulation`: what a simulated network costs, in time and memory, and how that grows with it.

import { parse, positiveInteger } from "../harness/Arguments.ts"
import { machine } from "../harness/Machine.ts"
import { makeProgress } from "../harness/Progress.ts"
import { interleave } from "../harness/Rounds.ts"
import { count, mebibytes } from "../harness/Table.ts"
import { growth, summary } from "./Growth.ts"
import { measure } from "./Measure.ts"
import { makePlan, OUTGOING } from "./Plan.ts"
import { print } from "./Print.ts"

export const usage = `usage: npm run bench -- simulation [options]

Networks of MeshNode.layer with ${OUTGOING} outgoing connections a node, each simulated in a process of its own: they
are started, find themselves, and carry broadcasts. An event is a delivery in the trace.

  --json           one JSON object on stdout at the end, and no tables
  --runs N         runs of each size, interleaved; medians are shown (3)
  --nodes N,M      sizes; growth is told against the first (100,1000,10000)
  --events N       deliveries of one run, or a few broadcasts where one makes more (400000)
  --seed N         of all runs: those of one size have one trace (1)
  --metrics        with the nodes' metrics, which a simulation may leave out
  --quick          a small form, to see that it works (--runs 1 --nodes 10,20)
`

/** Carries out the subcommand; returns the exit code: 1 when a run failed. */
export const simulation = async (args: ReadonlyArray<string>): Promise<number> => {
  const { values } = parse({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      metrics: { type: "boolean", default: false },
      runs: { type: "string" },
      nodes: { type: "string" },
      events: { type: "string" },
      seed: { type: "string", default: "1" }
    }
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const plan = makePlan({ ...values, seed: positiveInteger("seed", values.seed) })
  const progress = makeProgress(plan.runs * plan.sizes.length)
  const sizes = plan.sizes.map((size) => `${size}`)
  const traces = new Map<string, string>()
  const series = await interleave(sizes, plan.runs, async (size, run) => {
    const outcome = await measure(Number(size), plan, traces)
    progress(
      outcome._tag === "Measured"
        ? `${size} nodes, run ${run}: ${count(outcome.figures["eventsPerSecond"] ?? 0)} events/s, ` +
            `${mebibytes(outcome.figures["peakMemoryBytes"] ?? 0)}`
        : `${size} nodes, run ${run}: ${outcome._tag.toLowerCase()}: ${outcome.reason.split("\n")[0]}`
    )
    return outcome
  })
  if (values.json) {
    const result = {
      machine: machine(),
      plan,
      traces: Object.fromEntries(traces),
      simulation: summary(series),
      growth: growth(series)
    }
    console.log(JSON.stringify(result))
  } else {
    print(series)
  }
  return series.some(({ problem }) => problem !== undefined) ? 1 : 0
}
