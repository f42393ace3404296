import type { Task } from "./Compare.ts"
import { choice, positiveInteger, UsageError } from "../harness/Arguments.ts"
import {
  cacheSubjects,
  isSubjectName,
  networkSubjects,
  streamSubjects,
  transportSubjects,
  type SubjectName
} from "./Subjects.ts"

export const parts = ["a", "b", "c", "d"] as const
export type PartName = (typeof parts)[number]

export const NODES = 8
export const PEERS_EACH = 4
export const PAYLOAD_BYTES = 128
/** Broadcasts on their way at a time. */
export const WINDOW = 256

/** How much is measured, and how often. */
export interface Plan {
  readonly parts: ReadonlyArray<PartName>
  readonly runs: number
  /** Longest that one run goes on sending; what the slow subjects then have done is what counts. */
  readonly maxSeconds: number
  readonly stream: {
    readonly subjects: ReadonlyArray<SubjectName>
    readonly messages: number
    readonly warmUp: number
  }
  readonly network: { readonly subjects: ReadonlyArray<SubjectName>; readonly samples: number }
  readonly cache: {
    readonly subjects: ReadonlyArray<SubjectName>
    readonly sizes: ReadonlyArray<number>
  }
  readonly transports: { readonly subjects: ReadonlyArray<SubjectName> }
  readonly broadcasts: number
  readonly warmUp: number
}

export interface PlanOptions {
  readonly quick: boolean
  readonly runs?: string | undefined
  readonly only?: string | undefined
  readonly subjects?: string | undefined
  readonly seconds?: string | undefined
  readonly broadcasts?: string | undefined
}

/** `--quick` is for a test that the benchmark still works: its figures say little. */
export const makePlan = (options: PlanOptions): Plan => {
  const { quick } = options
  const keep = subjectFilter(options)
  const integer = (name: "runs" | "seconds" | "broadcasts", otherwise: number) => {
    const text = options[name]
    return text === undefined ? otherwise : positiveInteger(name, text)
  }
  return {
    parts: options.only === undefined ? parts : choice("only", options.only, parts),
    runs: integer("runs", quick ? 1 : 3),
    maxSeconds: integer("seconds", quick ? 2 : 10),
    stream: {
      subjects: streamSubjects.filter(keep),
      messages: quick ? 5_000 : 500_000,
      warmUp: quick ? 1_000 : 100_000
    },
    network: { subjects: networkSubjects.filter(keep), samples: quick ? 20 : 1_000 },
    cache: {
      subjects: cacheSubjects.filter(keep),
      sizes: quick ? [0, 1_000] : [0, 1_000, 10_000, 100_000]
    },
    transports: { subjects: transportSubjects.filter(keep) },
    broadcasts: integer("broadcasts", quick ? 400 : 5_000),
    warmUp: quick ? 200 : 60_000
  }
}

/** By default all; quickly, those that need nothing installed. */
const subjectFilter = ({ quick, subjects }: PlanOptions): ((name: SubjectName) => boolean) => {
  if (subjects === undefined) return (name) => !(quick && name.startsWith("js2p"))
  const wanted = subjects.split(",")
  const unknown = wanted.find((name) => !isSubjectName(name))
  if (unknown !== undefined) throw new UsageError(`there is no subject '${unknown}'`)
  return (name) => wanted.includes(name)
}

/** Measured runs in all, for the progress shown. */
export const steps = (plan: Plan): number =>
  plan.runs *
  ((plan.parts.includes("a") ? plan.stream.subjects.length : 0) +
    (plan.parts.includes("b") ? plan.network.subjects.length : 0) +
    (plan.parts.includes("c") ? plan.cache.subjects.length * plan.cache.sizes.length : 0) +
    (plan.parts.includes("d") ? 2 * plan.transports.subjects.length : 0))

/** What is compared in each part, in words. */
export const tasks = (plan: Plan) => {
  const number = (value: number) => value.toLocaleString("en-US")
  const network = {
    rate: "deliveriesPerSecond",
    against: ["minimum", "js2p"]
  } as const
  const load = `${number(plan.broadcasts)} broadcasts of ${PAYLOAD_BYTES} bytes, ${NODES} nodes of ${PEERS_EACH} peers, ${WINDOW} in flight`
  const flow = `stream one way between two processes: ${number(plan.stream.messages)} messages of ${PAYLOAD_BYTES} bytes`
  return {
    stream: {
      name: "a",
      title: `(a) ${flow}`,
      rate: "messagesPerSecond",
      against: ["raw", "raw-digest"]
    },
    transportStream: {
      name: "d stream",
      title: `(d) on each transport: ${flow}`,
      rate: "messagesPerSecond",
      against: ["ours"]
    },
    transportMesh: {
      name: "d mesh",
      title: `(d) on each transport: ${load}; then one at a time`,
      rate: "deliveriesPerSecond",
      against: ["ours"]
    },
    mesh: { name: "b", title: `(b) ${load}; then one at a time`, ...network },
    cache: (size: number): Task => ({
      name: `c ${number(size)}`,
      title: `(c) ${number(size)} messages in the relay cache; ${load}`,
      ...network
    })
  } satisfies Record<"stream" | "mesh" | "transportStream" | "transportMesh", Task> & {
    cache: (size: number) => Task
  }
}
