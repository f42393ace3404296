// One run of one size: a simulated network is built, finds itself, and carries broadcasts. By hand:
// node --expose-gc bench/simulation/networkChild.ts --nodes=100 --outgoing=4 --broadcasts=100 --bytes=128 --seed=1

import { parseArgs } from "node:util"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Address } from "../../src/domain/Address.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { compressor } from "../../src/layers/NodeCompressing.ts"
import { hasher } from "../../src/layers/NodeHashing.ts"
import { run, Simulation } from "../../src/layers/simulation/Simulation.ts"
import { Connections } from "../../src/services/Connections.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import { peakMemoryBytes, report, runAsChild } from "../harness/ChildSide.ts"

/** Virtual time that a network is given to find itself once its last node has started. */
const SETTLE_SECONDS = 60
/** Virtual time between two broadcasts, and after the last. */
const PAUSE_MILLIS = 5
const LAST_SECONDS = 2
/** Part of the broadcasts that goes before those that are measured, so that the compiler has had its say. */
const WARM_UP_DIVISOR = 4

const readArguments = () => {
  const number = { type: "string", default: "0" } as const
  const { values } = parseArgs({
    options: {
      metrics: { type: "boolean", default: false },
      nodes: number,
      outgoing: number,
      broadcasts: number,
      bytes: number,
      seed: number
    }
  })
  return {
    metrics: values.metrics,
    nodes: Number(values.nodes),
    outgoing: Number(values.outgoing),
    broadcasts: Number(values.broadcasts),
    bytes: Number(values.bytes),
    seed: Number(values.seed)
  }
}

/** Seconds of this process's time, and of the clock on the wall. */
const stopwatch = () => {
  const wall = performance.now()
  const cpu = process.cpuUsage()
  return () => {
    const { system, user } = process.cpuUsage(cpu)
    return { seconds: (performance.now() - wall) / 1_000, cpuSeconds: (system + user) / 1_000_000 }
  }
}

/** What is alive: the heap, and what lies beside it, after a full collection. */
const aliveBytes = (): number => {
  globalThis.gc?.()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

await runAsChild(async () => {
  const { broadcasts, bytes, metrics, nodes, outgoing, seed } = readArguments()
  const address = (node: number) => new Address({ scheme: "memory", host: `node-${node}`, port: 1 })
  let events = 0
  let arrived = 0

  const program = Effect.gen(function* () {
    const simulation = yield* Simulation
    const draw = simulation.random("joins")
    const before = aliveBytes()

    const built = stopwatch()
    const contexts: Array<Context.Context<Connections | Mesh>> = []
    for (let node = 0; node < nodes; node++) {
      const join = node === 0 ? [] : [address(draw.below(node))]
      const options: MeshNode.MeshNodeOptions = {
        subnets: ["bench"],
        listen: [address(node)],
        maxOutgoing: outgoing,
        metrics,
        join
      }
      contexts.push(yield* simulation.node(`node-${node}`, MeshNode.layer(options)))
    }
    const build = built()

    const settled = stopwatch()
    yield* Effect.sleep(SETTLE_SECONDS * 1_000)
    const settle = settled()
    const aliveAfter = aliveBytes()
    const residentBytes = process.memoryUsage.rss()
    const connections = contexts.reduce(
      (sum, context) => sum + Context.get(context, Connections).open().length,
      0
    )

    const meshes = contexts.map((context) => Context.get(context, Mesh))
    for (const mesh of meshes) {
      const { takeAll } = yield* mesh.subscribe
      yield* Effect.forkScoped(
        Effect.forever(Effect.map(takeAll, (messages) => void (arrived += messages.length)))
      )
    }
    const send = Effect.fnUntraced(function* (count: number) {
      for (let i = 0; i < count; i++) {
        const mesh = meshes[draw.below(nodes)]
        if (mesh !== undefined) yield* mesh.broadcast([i, "x".repeat(bytes)])
        yield* Effect.sleep(PAUSE_MILLIS)
      }
      yield* Effect.sleep(LAST_SECONDS * 1_000)
    })
    yield* send(Math.ceil(broadcasts / WARM_UP_DIVISOR))
    const eventsBefore = events
    arrived = 0
    const carried = stopwatch()
    yield* send(broadcasts)
    const traffic = carried()
    // All at one moment: stopped one by one, each is dialled again by all who knew it, for hours of virtual time.
    for (const name of simulation.up()) yield* simulation.crash(name)
    return {
      build,
      settle,
      traffic,
      connections,
      residentBytes,
      aliveBytes: aliveAfter - before,
      trafficEvents: events - eventsBefore
    }
  })

  const onEvent = () => void events++
  const { events: allEvents, exit, trace } = run(program, { seed, hasher, compressor, onEvent })
  if (Exit.isFailure(exit)) throw new Error(`the run failed: ${JSON.stringify(exit.cause)}`)
  const { value } = exit
  await report({
    _tag: "SimulationResult",
    trace,
    events: allEvents,
    buildMillisPerNode: (1_000 * value.build.seconds) / nodes,
    settleMillisPerNode: (1_000 * value.settle.seconds) / nodes,
    startSeconds: value.build.seconds + value.settle.seconds,
    startCpuSeconds: value.build.cpuSeconds + value.settle.cpuSeconds,
    connectionsPerNode: value.connections / nodes,
    aliveBytesPerNode: value.aliveBytes / nodes,
    residentBytes: value.residentBytes,
    peakMemoryBytes: peakMemoryBytes(),
    trafficEvents: value.trafficEvents,
    eventsPerSecond: value.trafficEvents / value.traffic.seconds,
    cpuMicrosPerEvent: (1e6 * value.traffic.cpuSeconds) / value.trafficEvents,
    percentDelivered: (100 * arrived) / (broadcasts * (nodes - 1))
  })
})
