// Two nodes, built from the layer that programs run, that say things to each other; and the trace of it.

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { Address } from "../../src/domain/Address.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { run, Simulation } from "../../src/layers/simulation/Simulation.ts"
import { Mesh } from "../../src/services/Mesh.ts"

const address = (host: string) => new Address({ scheme: "memory", host, port: 4000 })

export const twoNodes = Effect.gen(function* () {
  const simulation = yield* Simulation
  const node = (name: string, join: ReadonlyArray<string>) =>
    Effect.map(
      simulation.node(
        name,
        MeshNode.layer({ subnets: ["mesh"], listen: [address(name)], join: join.map(address) })
      ),
      (context) => Context.get(context, Mesh)
    )
  const a = yield* node("a", [])
  const b = yield* node("b", ["a"])
  const connected = Stream.filter(b.peerEvents, ({ _tag }) => _tag === "PeerConnected")
  yield* Stream.runHead(connected)
  const atA = yield* a.subscribe
  const atB = yield* b.subscribe
  const heard: Array<string> = []
  for (let i = 0; i < 20; i++) {
    yield* b.broadcast(["from b", i, new Uint8Array(300)])
    for (const message of yield* atA.takeAll) {
      heard.push(`a ${message.flag} ${JSON.stringify(message.payload.slice(0, 2))}`)
      yield* a.reply(message, ["answer", i])
    }
    for (const message of yield* atB.takeAll) {
      heard.push(`b ${message.flag} ${JSON.stringify(message.payload)}`)
    }
  }
  simulation.note(heard.join("\n"))
  return heard
})

/** The outcome for a seed, and what was heard. */
export const traceOf = (seed: number) => {
  const { elapsedMillis, events, exit, trace } = run(twoNodes, { seed })
  return { trace, events, elapsedMillis, heard: Exit.isSuccess(exit) ? exit.value : [] }
}

// Run by itself it prints the trace of the seed that it is given.
if (process.argv[1]?.endsWith("TwoNodes.ts")) {
  console.log(traceOf(Number(process.argv[2])).trace)
}
