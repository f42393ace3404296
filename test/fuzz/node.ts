// The node under attack, in a process of its own: its memory and its processor time are its alone.

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Address } from "../../src/domain/Address.ts"
import * as NodeMeshNode from "../../src/layers/NodeMeshNode.ts"
import { Connections } from "../../src/services/Connections.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import { Supervisor } from "../../src/services/Supervisor.ts"
import { listen, tell } from "./ChildSide.ts"
import { SUBNET_NAME } from "./Speech.ts"

const defects: Array<string> = []
process.on("uncaughtException", (error) => defects.push(`uncaught: ${error.stack ?? ""}`))
process.on("unhandledRejection", (reason) => defects.push(`unhandled: ${String(reason)}`))

const program = Effect.gen(function* () {
  const context = yield* Layer.build(
    NodeMeshNode.layer({
      subnets: [SUBNET_NAME],
      listen: [new Address({ scheme: "tcp", host: "127.0.0.1", port: 0 })],
      // What attackers say of others must lead nowhere.
      maxOutgoing: 0
    })
  )
  const connections = Context.get(context, Connections)
  const mesh = Context.get(context, Mesh)
  const supervisor = Context.get(context, Supervisor)
  yield* Effect.forkScoped(
    Stream.runForEach(supervisor.events, (event) =>
      Effect.sync(() => {
        if (event._tag === "ActorFailed") defects.push(`${event.actor}: ${event.failure}`)
        if (event._tag === "ActorEscalated") defects.push(event.error.message)
      })
    )
  )
  // Somebody listens, so that all that is for the application is decoded.
  yield* Effect.forkScoped(Effect.ignore(Stream.runDrain(mesh.messages)))
  listen(() => {
    const { system, user } = process.cpuUsage()
    tell({
      _tag: "Health",
      residentBytes: process.memoryUsage.rss(),
      peakResidentBytes: process.resourceUsage().maxRSS * 1024,
      cpuMillis: (system + user) / 1000,
      connections: connections.open().length,
      handlerDefects: Effect.runSync(mesh.counters).handlerDefects,
      defects,
      refusals: Object.fromEntries(connections.refusals)
    })
  })
  tell({ _tag: "Ready", port: mesh.listening[0]?.port ?? 0 })
  return yield* mesh.failure
})

await Effect.runPromise(Effect.scoped(program))
