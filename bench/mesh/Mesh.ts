// `npm run bench -- mesh`: how fast broadcasts and streams go through the mesh, beside the
// hand-written limit and js2p.

import { parse } from "../harness/Arguments.ts"
import { installCompetitors } from "../harness/Competitors.ts"
import { machine } from "../harness/Machine.ts"
import { makeProgress, say } from "../harness/Progress.ts"
import { interleave, type Outcome } from "../harness/Rounds.ts"
import { count } from "../harness/Table.ts"
import { aims } from "./Aims.ts"
import { summary, type Comparison, type Task } from "./Compare.ts"
import { measureNetwork, measureStream } from "./Measure.ts"
import {
  makePlan,
  NODES,
  PAYLOAD_BYTES,
  PEERS_EACH,
  steps,
  tasks,
  type PartName,
  type Plan
} from "./Plan.ts"
import { printAims, printComparison } from "./Print.ts"
import { isCompetitor, type SubjectName } from "./Subjects.ts"

export const usage = `usage: npm run bench -- mesh [options]

(a) one-way streaming of ${PAYLOAD_BYTES}-byte messages between two processes
(b) ${NODES} nodes of ${PEERS_EACH} peers each in one process: broadcasts, and one at a time
(c) (b) with messages already in the relay cache
(d) (a) and (b) for ours over TCP, TLS, WebSocket, and WebSocket over TLS

  --json           one JSON object on stdout at the end, and no tables
  --runs N         runs of each subject, interleaved; medians are shown (3)
  --only a,b,c     some of the parts
  --subjects X,Y   some of ours, ours-tls, ours-ws, ours-wss, minimum, js2p, js2p-zlib, raw, raw-digest
  --seconds N      longest that one run sends; slow subjects get no further (10)
  --broadcasts N   broadcasts of one run (5000)
  --quick          a small form without js2p, to see that it works (--runs 1)
`

type Measure = (subject: SubjectName) => Promise<Outcome>

/** Measures a table's subjects in turn and says how each run went. */
const compare = async (
  plan: Plan,
  task: Task,
  subjects: ReadonlyArray<SubjectName>,
  progress: (line: string) => void,
  measure: Measure
): Promise<Comparison> => ({
  ...task,
  series: await interleave(subjects, plan.runs, async (subject, run) => {
    const outcome = await measure(subject)
    const result =
      outcome._tag === "Measured"
        ? `${count(outcome.figures[task.rate] ?? 0)}/s`
        : `${outcome._tag.toLowerCase()}: ${outcome.reason.split("\n")[0] ?? ""}`
    progress(`${task.name}: ${subject}, run ${run}: ${result}`)
    return outcome
  })
})

/** The competitors' packages, when any is to be measured; a subject without them is unavailable. */
const prepare = async (plan: Plan): Promise<string | undefined> => {
  const wanted = [
    ...(plan.parts.includes("b") ? plan.network.subjects : []),
    ...(plan.parts.includes("c") ? plan.cache.subjects : [])
  ]
  const missing = wanted.some(isCompetitor) ? await installCompetitors() : undefined
  if (missing !== undefined) say(missing)
  return missing
}

const measureAll = async (plan: Plan) => {
  const missing = await prepare(plan)
  const progress = makeProgress(steps(plan))
  const network =
    (preload: number, samples: number): Measure =>
    async (subject) =>
      missing !== undefined && isCompetitor(subject)
        ? { _tag: "Unavailable", reason: missing }
        : measureNetwork(subject, plan, preload, samples)
  const { mesh, stream, transportMesh, transportStream } = tasks(plan)
  const streaming: Measure = (subject) => measureStream(subject, plan)
  const has = (part: PartName) => plan.parts.includes(part)

  const streamed = has("a")
    ? await compare(plan, stream, plan.stream.subjects, progress, streaming)
    : undefined
  const meshed = has("b")
    ? await compare(plan, mesh, plan.network.subjects, progress, network(0, plan.network.samples))
    : undefined
  const cached = new Map<number, Comparison>()
  for (const size of has("c") ? plan.cache.sizes : []) {
    const task = tasks(plan).cache(size)
    cached.set(size, await compare(plan, task, plan.cache.subjects, progress, network(size, 0)))
  }
  const { subjects } = plan.transports
  const transports = has("d")
    ? {
        stream: await compare(plan, transportStream, subjects, progress, streaming),
        mesh: await compare(
          plan,
          transportMesh,
          subjects,
          progress,
          network(0, plan.network.samples)
        )
      }
    : undefined
  return { streamed, meshed, cached, transports }
}

/** Carries out the subcommand; returns the exit code: 1 when a subject failed. */
export const mesh = async (args: ReadonlyArray<string>): Promise<number> => {
  const { values } = parse({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      runs: { type: "string" },
      only: { type: "string" },
      subjects: { type: "string" },
      seconds: { type: "string" },
      broadcasts: { type: "string" }
    }
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const plan = makePlan(values)
  const { cached, meshed, streamed, transports } = await measureAll(plan)
  const all = [streamed, meshed, ...cached.values(), transports?.stream, transports?.mesh].filter(
    (one) => one !== undefined
  )
  const seen = aims(meshed, cached)
  if (values.json) {
    const result = {
      benchmark: "mesh",
      machine: machine(),
      plan,
      ...(streamed === undefined ? {} : { stream: summary(streamed) }),
      ...(meshed === undefined ? {} : { mesh: summary(meshed) }),
      cache: Object.fromEntries([...cached].map(([size, one]) => [size, summary(one)])),
      ...(transports === undefined
        ? {}
        : {
            transports: { stream: summary(transports.stream), mesh: summary(transports.mesh) }
          }),
      aims: seen
    }
    console.log(JSON.stringify(result))
  } else {
    for (const comparison of all) printComparison(comparison)
    printAims(seen)
  }
  return all.some(({ series }) => series.some(({ problem }) => problem?.kind === "Failed")) ? 1 : 0
}
