// One measured run of one subject's network, in a process of its own.

import { parseArgs } from "node:util"
import { collectGarbage, peakMemoryBytes, report, runAsChild } from "../harness/ChildSide.ts"
import { Deliveries } from "./Deliveries.ts"
import { latency } from "./Latency.ts"
import { makePayloads } from "./Payloads.ts"
import { NotAvailable } from "./Subject.ts"
import { isSubjectName, loadSubject } from "./Subjects.ts"
import { throughput } from "./Throughput.ts"

/**
 * A subject is not warmed up for longer than this. Most of it goes by until the compiler has had its say on
 * all that a message passes through.
 */
const WARM_UP_SECONDS = 4
const REST_MILLIS = 50

const rest = () => new Promise((resolve) => setTimeout(resolve, REST_MILLIS))

const readArguments = () => {
  const number = { type: "string", default: "0" } as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      nodes: number,
      peers: number,
      bytes: number,
      window: number,
      warmup: number,
      broadcasts: number,
      preload: number,
      samples: number,
      seconds: number
    }
  })
  const name = positionals[0] ?? ""
  if (!isSubjectName(name)) throw new TypeError(`no subject '${name}'`)
  return {
    name,
    nodes: Number(values.nodes),
    peersEach: Number(values.peers),
    bytes: Number(values.bytes),
    window: Number(values.window),
    warmUp: Number(values.warmup),
    broadcasts: Number(values.broadcasts),
    preload: Number(values.preload),
    samples: Number(values.samples),
    maxSeconds: Number(values.seconds)
  }
}

await runAsChild(async () => {
  const { name, nodes, peersEach, warmUp, broadcasts, samples, window, ...job } = readArguments()
  const { makeNetwork } = await loadSubject(name)
  if (makeNetwork === undefined) throw new NotAvailable(`${name} makes no network`)
  const payloads = makePayloads(warmUp + broadcasts + samples, job.bytes)

  // What runs for long is measured, and not the compiler.
  let network = await makeNetwork({ nodes, peersEach })
  let deliveries = new Deliveries(network, payloads, nodes)
  const warming = { from: 0, count: warmUp, window, maxSeconds: WARM_UP_SECONDS }
  await throughput(deliveries, warming)
  if (samples === 0) {
    // What the cache holds is the question here: a network of its own starts with an empty one.
    await network.stop()
    network = await makeNetwork({ nodes, peersEach })
    deliveries = new Deliveries(network, payloads, nodes)
  }
  await network.preload(job.preload)
  await rest()
  collectGarbage()

  const measured = await throughput(deliveries, {
    from: warmUp,
    count: broadcasts,
    window,
    maxSeconds: job.maxSeconds
  })
  const result = {
    _tag: "NetworkResult" as const,
    ...measured,
    foreign: deliveries.foreign,
    peakMemoryBytes: peakMemoryBytes()
  }
  if (samples === 0) {
    await report(result)
  } else {
    await network.preload(job.preload)
    await rest()
    const delays = await latency(deliveries, warmUp + broadcasts, samples, job.maxSeconds)
    await report({ ...result, latency: delays })
  }
  await network.stop()
})
