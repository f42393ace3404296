/**
 * A node under attack, and two good peers that it connects: whatever happens, what one of them broadcasts arrives at
 * the other, once.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { RefusalReason } from "../../src/domain/RefusalReason.ts"
import type { MeshNodeOptions } from "../../src/layers/MeshNode.ts"
import type { Simulation } from "../../src/layers/simulation/Simulation.ts"
import { simulate, startNode, type TestNode, until } from "./Network.ts"

export interface Aftermath<A> {
  readonly value: A
  /** How often each reason was counted at the node. */
  readonly refusals: { readonly [R in RefusalReason]?: number }
  /** Actors that have died, and handlers that have thrown. */
  readonly defects: number
  /** Connections that the node still has besides the good ones, in whatever state. */
  readonly left: number
}

/** Runs an attack on a node, and looks at it afterwards; fails where the good peers were parted. */
export const attacked = <A, E>(
  attack: (node: TestNode) => Effect.Effect<A, E, Simulation | Scope.Scope>,
  options: Partial<Omit<MeshNodeOptions, "join">> = {},
  seed: number | string = 1
): Aftermath<A> =>
  simulate(
    Effect.gen(function* () {
      const node = yield* startNode("node", options)
      const good = yield* startNode("good", { join: ["node"] })
      const better = yield* startNode("better", { join: ["node"] })
      yield* until("the good peers", () => node.events.length === 2)
      // A connection of an attacker's lives as long as the attack.
      const value = yield* attack(node)
      yield* good.mesh.broadcast(["after all"])
      yield* until("the good broadcast", () =>
        better.received.some(({ payload }) => payload[0] === "after all")
      )
      yield* Effect.sleep(100)
      const times = better.received.filter(({ payload }) => payload[0] === "after all").length
      if (times !== 1) return yield* Effect.die(new Error(`it arrived ${times} times`))
      const lost = [...good.events, ...better.events].filter(({ _tag }) => _tag !== "PeerConnected")
      if (lost.length > 0) return yield* Effect.die(new Error("a good peer was cut"))
      let restarts = 0
      for (const actor of (yield* node.supervisor.actors).values()) restarts += actor.restarts()
      const { handlerDefects } = yield* node.mesh.counters
      return {
        value,
        refusals: Object.fromEntries(node.connections.refusals),
        defects: restarts + handlerDefects,
        left: [...node.connections.live()].length - 2
      }
    }),
    { seed }
  )
