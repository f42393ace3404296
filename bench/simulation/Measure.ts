import { Child } from "../harness/Child.ts"
import type { Outcome } from "../harness/Rounds.ts"
import { broadcasts, OUTGOING, PAYLOAD_BYTES, type Plan } from "./Plan.ts"

const script = new URL("./networkChild.ts", import.meta.url)

/** What a run may take: so long for its process to start, and so long for each node and each thousand deliveries. */
const GRACE_SECONDS = 60
const NODE_SECONDS = 0.3
const THOUSAND_EVENTS_SECONDS = 0.3

/** One run of one size. All runs of a size have one trace: `traces` keeps the first, and another is a failure. */
export const measure = async (
  nodes: number,
  plan: Plan,
  traces: Map<string, string>
): Promise<Outcome> => {
  const sent = broadcasts(nodes, plan)
  const child = new Child(script, [
    `--nodes=${nodes}`,
    `--outgoing=${OUTGOING}`,
    `--broadcasts=${sent}`,
    `--bytes=${PAYLOAD_BYTES}`,
    `--seed=${plan.seed}`,
    ...(plan.metrics ? ["--metrics"] : [])
  ])
  try {
    const thousands = (sent * 2 * OUTGOING * nodes) / 1_000
    const seconds = GRACE_SECONDS + NODE_SECONDS * nodes + THOUSAND_EVENTS_SECONDS * thousands
    const report = await child.next(seconds)
    if (report._tag === "Unavailable" || report._tag === "Failed") return report
    if (report._tag !== "SimulationResult") {
      return { _tag: "Failed", reason: `unexpected ${report._tag}` }
    }
    const { _tag: _, trace, ...figures } = report
    const known = traces.get(`${nodes}`) ?? trace
    traces.set(`${nodes}`, known)
    if (trace !== known) {
      return { _tag: "Failed", reason: `one seed, two traces: ${known} and ${trace}` }
    }
    return { _tag: "Measured", figures }
  } finally {
    await child.stop()
  }
}
