/**
 * What this server knows: the state, as its protocol's handlers and its users change it, and a stream of what
 * changes.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { NodeId } from "../../domain/Ids.ts"
import { Mesh } from "../../services/Mesh.ts"
import { CHANGES_MAX, LEASE_MILLIS, SERVERS_MAX } from "./PresenceLimits.ts"
import * as PresenceState from "./PresenceState.ts"

export interface BoardOptions {
  /** How this server is called. */
  readonly name: string
  /** How long the others believe that it lives, when they don't hear it. */
  readonly leaseMillis?: number | undefined
}

export class Board extends Context.Service<
  Board,
  {
    readonly id: NodeId
    readonly state: () => PresenceState.State
    /** This server, with its own users. */
    readonly self: () => PresenceState.Server
    /** Takes in what is heard of a server. */
    readonly hear: (id: NodeId, heard: PresenceState.Heard) => Effect.Effect<void>
    /** Servers of which something was missed, so that they are to be asked. */
    readonly stale: Queue.Dequeue<NodeId>
    /** Lets those go whose leases have ended. */
    readonly expire: Effect.Effect<void>
    /** What changes from now on. */
    readonly changes: Effect.Effect<PubSub.Subscription<PresenceState.Change>, never, Scope.Scope>
  }
>()("effect-p2p/programs/presence/Board") {
  static readonly layer = ({
    leaseMillis = LEASE_MILLIS,
    name
  }: BoardOptions): Layer.Layer<Board, never, Mesh> =>
    Layer.effect(
      Board,
      Effect.gen(function* () {
        const { id } = yield* Mesh
        const clock = yield* Clock.Clock
        // Whoever watches is quick: they only sort it into queues of their own.
        const changes = yield* PubSub.bounded<PresenceState.Change>(CHANGES_MAX)
        // One that is forgotten here is noticed again at its next renewal.
        const stale = yield* Queue.sliding<NodeId>(SERVERS_MAX)
        let state = PresenceState.initial

        const take = (step: PresenceState.Step) => {
          state = step.state
          return Effect.asVoid(PubSub.publishAll(changes, step.changes))
        }
        const hear = (from: NodeId, heard: PresenceState.Heard) =>
          Effect.suspend(() => {
            const step = PresenceState.step(state, from, heard, clock.currentTimeMillisUnsafe())
            if (step.isStale) Queue.offerUnsafe(stale, from)
            return take(step)
          })
        const expire = Effect.suspend(() => {
          // Whoever looks is alive.
          const nowMillis = clock.currentTimeMillisUnsafe()
          const { number } = self()
          const alive = { _tag: "Alive", number, leaseMillis } as const
          state = PresenceState.step(state, id, alive, nowMillis).state
          return take(PresenceState.expire(state, nowMillis))
        })
        const self = (): PresenceState.Server =>
          state.servers.get(id) ?? {
            id,
            name,
            number: 0,
            leaseMillis,
            endsMillis: Infinity,
            users: new Map()
          }

        yield* hear(id, { _tag: "RosterTold", roster: { name, number: 0, leaseMillis, users: [] } })
        return Board.of({
          id,
          state: () => state,
          self,
          hear,
          stale,
          expire,
          changes: PubSub.subscribe(changes)
        })
      })
    )
}
