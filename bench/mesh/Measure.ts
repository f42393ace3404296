import { Child } from "../harness/Child.ts"
import type { Report } from "../harness/Report.ts"
import type { Outcome } from "../harness/Rounds.ts"
import { NODES, PAYLOAD_BYTES, PEERS_EACH, WINDOW, type Plan } from "./Plan.ts"
import type { SubjectName } from "./Subjects.ts"

const networkScript = new URL("./networkChild.ts", import.meta.url)
const streamScript = new URL("./streamChild.ts", import.meta.url)

/** Beyond what a run may take of itself: to start, to connect, to warm up, to fill the cache. */
const GRACE_SECONDS = 60

/** A report in the wrong place is as much a failure as one that says so. */
const problem = (report: Report): Outcome =>
  report._tag === "Unavailable" || report._tag === "Failed"
    ? report
    : { _tag: "Failed", reason: `unexpected ${report._tag}` }

export const measureNetwork = async (
  subject: SubjectName,
  plan: Plan,
  preload: number,
  samples: number
): Promise<Outcome> => {
  const child = new Child(networkScript, [
    subject,
    `--nodes=${NODES}`,
    `--peers=${PEERS_EACH}`,
    `--bytes=${PAYLOAD_BYTES}`,
    `--window=${WINDOW}`,
    `--warmup=${plan.warmUp}`,
    `--broadcasts=${plan.broadcasts}`,
    `--preload=${preload}`,
    `--samples=${samples}`,
    `--seconds=${plan.maxSeconds}`
  ])
  try {
    // Sending, then twice that to give up on what is on its way, then the latencies.
    const report = await child.next(3 * plan.maxSeconds + GRACE_SECONDS)
    if (report._tag !== "NetworkResult") return problem(report)
    if (report.deliveries === 0) return { _tag: "Failed", reason: "nothing was delivered" }
    return {
      _tag: "Measured",
      figures: {
        deliveriesPerSecond: report.deliveriesPerSecond,
        percentDelivered: report.percentDelivered,
        cpuMicrosPerDelivery: report.cpuMicrosPerDelivery,
        peakMemoryBytes: report.peakMemoryBytes,
        broadcasts: report.broadcasts,
        foreignPayloads: report.foreign,
        seconds: report.seconds,
        ...(report.latency === undefined
          ? {}
          : {
              p50Millis: report.latency.p50Millis,
              p99Millis: report.latency.p99Millis,
              latencySamples: report.latency.samples,
              latencyLost: report.latency.lost
            })
      }
    }
  } finally {
    await child.stop()
  }
}

export const measureStream = async (subject: SubjectName, plan: Plan): Promise<Outcome> => {
  const { messages, warmUp } = plan.stream
  const shared = [subject, `--count=${messages}`, `--warmup=${warmUp}`, `--bytes=${PAYLOAD_BYTES}`]
  const receiver = new Child(streamScript, shared)
  let sender: Child | undefined
  try {
    const ready = await receiver.next(GRACE_SECONDS)
    if (ready._tag !== "Listening") return problem(ready)
    sender = new Child(streamScript, [...shared, `--address=${ready.address}`])
    const sent = await sender.next(GRACE_SECONDS)
    if (sent._tag !== "SendResult") return problem(sent)
    const received = await receiver.next(GRACE_SECONDS)
    if (received._tag !== "ReceiveResult") return problem(received)
    return {
      _tag: "Measured",
      figures: {
        messagesPerSecond: received.messagesPerSecond,
        percentDelivered: received.percentDelivered,
        receiveCpuMicrosPerMessage: received.cpuMicrosPerMessage,
        sendCpuMicrosPerMessage: sent.cpuMicrosPerMessage,
        receivePeakMemoryBytes: received.peakMemoryBytes,
        sendPeakMemoryBytes: sent.peakMemoryBytes
      }
    }
  } finally {
    await receiver.stop()
    await sender?.stop()
  }
}
