// Networks of nodes in a simulation, for tests: named nodes, and who joins whom.

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Address } from "../../src/domain/Address.ts"
import type { PeerEvent } from "../../src/domain/PeerEvent.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { type Options, run, Simulation } from "../../src/layers/simulation/Simulation.ts"
import { Connections } from "../../src/services/Connections.ts"
import { type Message, Mesh } from "../../src/services/Mesh.ts"
import { Peers } from "../../src/services/Peers.ts"
import { RelayCache } from "../../src/services/RelayCache.ts"
import { Supervisor } from "../../src/services/Supervisor.ts"

/** Where a node of this name listens. */
export const addressOf = (name: string) => new Address({ scheme: "memory", host: name, port: 4000 })

/** A node of a test: its services, and all that it has told so far. */
export interface TestNode {
  readonly name: string
  readonly mesh: Mesh["Service"]
  readonly supervisor: Supervisor["Service"]
  readonly cache: RelayCache["Service"]
  readonly peers: Peers["Service"]
  readonly connections: Connections["Service"]
  readonly received: ReadonlyArray<Message>
  readonly events: ReadonlyArray<PeerEvent>
}

export type NodeOptions = Partial<Omit<MeshNode.MeshNodeOptions, "join">> & {
  readonly join?: ReadonlyArray<string>
}

/** Starts a node in the caller's scope; what it receives and tells is gathered. */
export const startNode = Effect.fnUntraced(function* (name: string, options: NodeOptions = {}) {
  const simulation = yield* Simulation
  const context = yield* simulation.node(
    name,
    MeshNode.layer({
      subnets: ["mesh"],
      listen: [addressOf(name)],
      maxOutgoing: 0,
      ...options,
      join: (options.join ?? []).map(addressOf)
    })
  )
  const mesh = Context.get(context, Mesh)
  const received: Array<Message> = []
  const events: Array<PeerEvent> = []
  yield* Effect.forkScoped(
    Stream.runForEach(mesh.messages, (message) => Effect.sync(() => received.push(message)))
  )
  yield* Effect.forkScoped(
    Stream.runForEach(mesh.peerEvents, (event) => Effect.sync(() => events.push(event)))
  )
  const node: TestNode = {
    name,
    mesh,
    supervisor: Context.get(context, Supervisor),
    cache: Context.get(context, RelayCache),
    peers: Context.get(context, Peers),
    connections: Context.get(context, Connections),
    received,
    events
  }
  return node
})

/** Waits, in virtual time, until something holds; fails loudly where it does not within a minute. */
export const until = Effect.fnUntraced(function* (what: string, holds: () => boolean) {
  for (let waited = 0; waited < 60_000; waited += 10) {
    if (holds()) return
    yield* Effect.sleep(10)
  }
  return yield* Effect.die(new Error(`not within a minute: ${what}`))
})

/** Ids of the peers that a node is connected to, by the names of their hosts. */
export const peerHosts = (node: TestNode): ReadonlyArray<string> =>
  Effect.runSync(node.mesh.peers)
    .map(({ address }) => address.host)
    .toSorted()

/** What has befallen a node's connections so far, by name. */
export const tags = (node: TestNode): ReadonlyArray<PeerEvent["_tag"]> =>
  node.events.map(({ _tag }) => _tag)

/**
 * Runs a test program, and gives its value; a failure is thrown as vitest wants it. Nothing is logged but
 * what the program sets a level for: here actors die on purpose.
 */
export const simulate = <A, E>(
  program: Effect.Effect<A, E, Simulation | Scope.Scope>,
  options: Options = { seed: 1 }
): A => {
  const { exit } = run(Effect.provideService(program, References.MinimumLogLevel, "None"), options)
  if (Exit.isFailure(exit)) throw new Error(String(exit.cause))
  return exit.value
}
