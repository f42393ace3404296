/**
 * Whether the server can be sent requests: what `/health` tells a load balancer.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Mesh } from "../../services/Mesh.ts"

/** What the verdict depends on. */
export interface Signs {
  readonly isStopping: boolean
  /** What the node was given up for, if it was. */
  readonly escalation: string | undefined
  readonly peers: number
  /** Whether it is to join others; if not, it is the first. */
  readonly joins: boolean
}

export interface Verdict {
  readonly status: "up" | "joining" | "stopping" | "escalated"
  readonly detail: string | null
}

/** The worst of what there is to say. */
export const judge = ({ escalation, isStopping, joins, peers }: Signs): Verdict => {
  if (escalation !== undefined) return { status: "escalated", detail: escalation }
  if (isStopping) return { status: "stopping", detail: "this server is stopping" }
  if (joins && peers === 0) return { status: "joining", detail: "no peer is connected" }
  return { status: "up", detail: null }
}

export class Health extends Context.Service<
  Health,
  {
    readonly check: Effect.Effect<Verdict & { readonly peers: number }>
    /** From now on the server is stopping. */
    readonly stop: Effect.Effect<void>
  }
>()("effect-p2p/programs/presence/Health") {
  static readonly layer = (options: Pick<Signs, "joins">): Layer.Layer<Health, never, Mesh> =>
    Layer.effect(
      Health,
      Effect.gen(function* () {
        const mesh = yield* Mesh
        let isStopping = false
        let escalation: string | undefined
        yield* Effect.forkScoped(
          Effect.catch(mesh.failure, ({ message }) =>
            Effect.sync(() => {
              escalation = message
            })
          )
        )
        return Health.of({
          check: Effect.map(mesh.peers, ({ length: peers }) => ({
            ...judge({ ...options, isStopping, escalation, peers }),
            peers
          })),
          stop: Effect.sync(() => {
            isStopping = true
          })
        })
      })
    )
}
