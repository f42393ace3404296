/**
 * Replies, each in its turn: one whose receiver has to be looked for in the network runs beside the
 * commands that follow, and those to one receiver stay in order.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { NodeId } from "../../domain/Ids.ts"

/** Replies under way at once; for one more the commands wait. */
const UNDER_WAY_MAX = 256

export interface Replies {
  /** Runs a reply; returns when it is done, or when it waits for a search. */
  readonly run: <E>(
    to: NodeId,
    isDirect: boolean,
    reply: Effect.Effect<void, E>
  ) => Effect.Effect<void, E>
  /** Waits for those under way. */
  readonly settled: Effect.Effect<void>
}

/** Replies that are under way when the scope closes are given up. */
export const make: Effect.Effect<Replies, never, Scope.Scope> = Effect.gen(function* () {
  const scope = yield* Effect.scope
  const underWay = new Set<Fiber.Fiber<void>>()
  const last = new Map<NodeId, Fiber.Fiber<void>>()
  return {
    run: (to, isDirect, reply) =>
      Effect.suspend(() => {
        const before = last.get(to)
        const turn = before === undefined ? reply : Effect.andThen(Fiber.await(before), reply)
        if ((before === undefined && isDirect) || underWay.size >= UNDER_WAY_MAX) return turn
        // What it fails with is an output that is gone: the next line meets that too.
        return Effect.map(Effect.forkIn(Effect.ignore(turn), scope), (fiber) => {
          underWay.add(fiber)
          last.set(to, fiber)
          fiber.addObserver(() => {
            underWay.delete(fiber)
            if (last.get(to) === fiber) last.delete(to)
          })
        })
      }),
    settled: Effect.suspend(() => Effect.asVoid(Fiber.awaitAll([...underWay])))
  }
})
