import type { Deliveries } from "./Deliveries.ts"

const PATIENCE_MILLIS = 3_000
export interface Latency {
  readonly samples: number
  readonly lost: number
  readonly p50Millis: number
  readonly p99Millis: number
}

/**
 * One broadcast at a time: how long until the last node has it. The next goes out in the next
 * turn of the event loop, so the sockets are busy with the redundant copies of the last one, and
 * nothing has to wake up: with pauses between them all subjects take about twice as long.
 */
export const latency = async (
  deliveries: Deliveries,
  from: number,
  count: number,
  maxSeconds: number
): Promise<Latency> => {
  const millis: Array<number> = []
  let lost = 0
  const end = performance.now() + maxSeconds * 1_000
  for (let sequence = from; sequence < from + count && performance.now() < end; sequence++) {
    const taken = await once(deliveries, sequence)
    if (taken === undefined) lost++
    else millis.push(taken)
    await new Promise((resolve) => setImmediate(resolve))
  }
  millis.sort((a, b) => a - b)
  const quantile = (q: number) =>
    millis[Math.min(millis.length - 1, Math.floor(q * millis.length))] ?? 0
  return { samples: millis.length, lost, p50Millis: quantile(0.5), p99Millis: quantile(0.99) }
}

const once = (deliveries: Deliveries, sequence: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const patience = setTimeout(() => {
      deliveries.giveUp(sequence)
      resolve(undefined)
    }, PATIENCE_MILLIS)
    deliveries.onSettled = (settled) => {
      if (settled !== sequence) return
      const taken = performance.now() - start
      clearTimeout(patience)
      resolve(taken)
    }
    const start = performance.now()
    deliveries.send(sequence)
  })
