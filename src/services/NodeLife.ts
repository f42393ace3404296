/**
 * A node's start and its stop, as spans and in the log.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { Mesh } from "./Mesh.ts"
import * as NodeLog from "./NodeLog.ts"
import { begin, traced } from "./Traced.ts"

/**
 * Builds a node, which lives until the scope closes. Its parts are built in a scope of their own, so that
 * the whole of its stop can be told of.
 */
export const live = <A, E, R>(
  build: (scope: Scope.Scope) => Effect.Effect<Context.Context<A | Mesh>, E, R>,
  scope: Scope.Scope
): Effect.Effect<Context.Context<A | Mesh>, E, R> =>
  Effect.gen(function* () {
    const context = Context.omit(Tracer.ParentSpan)(yield* Effect.context<never>())
    const own = yield* Scope.make()
    let node: string | undefined
    const attributes = () => ({ "p2p.node": node })
    yield* Scope.addFinalizerExit(scope, (exit) => {
      const close = Scope.close(own, exit)
      if (node === undefined) return close
      const stop = Effect.andThen(NodeLog.stopping(node), close)
      return Effect.provideContext(traced("MeshNode.stop", stop, attributes), context)
    })
    const end = yield* begin("MeshNode.start", () => ({}))
    return yield* Effect.onExit(build(own), (exit) => {
      if (Exit.isFailure(exit)) return end(exit)
      node = Context.get(exit.value, Mesh).id
      return end(exit, attributes)
    })
  })
