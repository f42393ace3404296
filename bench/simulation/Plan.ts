import { positiveInteger } from "../harness/Arguments.ts"

/** Outgoing connections that each node seeks. */
export const OUTGOING = 4
export const PAYLOAD_BYTES = 128

/** Broadcasts of one run at least, however many deliveries one makes. */
const BROADCASTS_MIN = 4

/** How much is measured, and how often. */
export interface Plan {
  readonly runs: number
  readonly sizes: ReadonlyArray<number>
  /** Deliveries that one run is to make. */
  readonly events: number
  readonly seed: number
  readonly metrics: boolean
}

export interface PlanOptions {
  readonly quick: boolean
  readonly metrics: boolean
  readonly seed: number
  readonly runs?: string | undefined
  readonly nodes?: string | undefined
  readonly events?: string | undefined
}

/** `--quick` is for a test that the benchmark still works: its figures say little. */
export const makePlan = ({ metrics, quick, seed, ...options }: PlanOptions): Plan => {
  const integer = (name: "runs" | "events", otherwise: number) => {
    const text = options[name]
    return text === undefined ? otherwise : positiveInteger(name, text)
  }
  const sizes = quick ? [10, 20] : [100, 1_000, 10_000]
  return {
    runs: integer("runs", quick ? 1 : 3),
    sizes: options.nodes?.split(",").map((size) => positiveInteger("nodes", size)) ?? sizes,
    events: integer("events", quick ? 2_000 : 400_000),
    seed,
    metrics
  }
}

/** A flood of n nodes with l outgoing connections each makes some (2l - 1) n deliveries. */
export const broadcasts = (nodes: number, { events }: Plan): number =>
  Math.max(BROADCASTS_MIN, Math.round(events / ((2 * OUTGOING - 1) * nodes)))
