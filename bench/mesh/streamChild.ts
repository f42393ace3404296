// One end of one measured stream, in a process of its own. A receiver reports where it listens
// and then what arrived; a sender is given that address.

import { parseArgs } from "node:util"
import { peakMemoryBytes, report, runAsChild } from "../harness/ChildSide.ts"
import type { StreamSubject } from "./Subject.ts"
import { NotAvailable } from "./Subject.ts"
import { isSubjectName, loadSubject } from "./Subjects.ts"

/** How long nothing may arrive before what is missing counts as lost. */
const STALL_MILLIS = 3_000

const receive = async (stream: StreamSubject, warmUp: number, count: number): Promise<void> => {
  let total = 0
  let lastAt = performance.now()
  let start:
    | { readonly at: number; readonly total: number; readonly cpu: NodeJS.CpuUsage }
    | undefined
  let arrived = () => {}
  const all = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const receiver = await stream.receive((messages) => {
    total += messages
    lastAt = performance.now()
    if (start === undefined) {
      if (total >= warmUp) start = { at: lastAt, total, cpu: process.cpuUsage() }
    } else if (total >= warmUp + count) {
      arrived()
    }
  })
  await report({ _tag: "Listening", address: receiver.address })
  const watch = setInterval(() => {
    if (total > 0 && performance.now() - lastAt > STALL_MILLIS) arrived()
  }, 100)
  await all
  clearInterval(watch)
  if (start === undefined)
    throw new Error(`only ${total} of ${warmUp} messages to warm up came through`)
  const cpu = process.cpuUsage(start.cpu)
  const messages = total - start.total
  const seconds = (lastAt - start.at) / 1_000
  await report({
    _tag: "ReceiveResult",
    messages,
    percentDelivered: (100 * total) / (warmUp + count),
    seconds,
    messagesPerSecond: seconds > 0 ? messages / seconds : 0,
    cpuMicrosPerMessage: (cpu.user + cpu.system) / Math.max(1, messages),
    peakMemoryBytes: peakMemoryBytes()
  })
  await receiver.stop()
}

const send = async (stream: StreamSubject, address: string, count: number, bytes: number) => {
  const cpu = process.cpuUsage()
  await stream.send(address, count, bytes)
  const used = process.cpuUsage(cpu)
  await report({
    _tag: "SendResult",
    cpuMicrosPerMessage: (used.user + used.system) / count,
    peakMemoryBytes: peakMemoryBytes()
  })
  // What was handed to a socket may not have left yet: the harness ends this process.
  if (process.send !== undefined) await new Promise((resolve) => process.once("message", resolve))
}

await runAsChild(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      // A receiver has none.
      address: { type: "string" },
      bytes: { type: "string", default: "128" },
      warmup: { type: "string", default: "0" },
      count: { type: "string", default: "0" }
    }
  })
  const name = positionals[0] ?? ""
  if (!isSubjectName(name)) throw new TypeError(`no subject '${name}'`)
  const { stream } = await loadSubject(name)
  if (stream === undefined) throw new NotAvailable(`${name} does not stream`)
  const [warmUp, count] = [Number(values.warmup), Number(values.count)]
  if (values.address === undefined) await receive(stream, warmUp, count)
  else await send(stream, values.address, warmUp + count, Number(values.bytes))
})
