/**
 * A network of nodes in a simulation, for a user's own tests: any layers by name, what each has built in its
 * present life, and how to wait.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Address } from "../../domain/Address.ts"
import type * as MeshNode from "../MeshNode.ts"
import { NoSuchNodeError, Simulation } from "./Simulation.ts"

const PORT = 4000

/** Where a node of this name listens: each is a host of its own. */
export const addressOf = (name: string): Address =>
  new Address({ scheme: "memory", host: name, port: PORT })

/** Something that was waited for, and did not come. */
export class NotSeenError extends Schema.TaggedError<NotSeenError>()("NotSeenError", {
  what: Schema.String,
  withinMillis: Schema.Number
}) {
  override get message() {
    return `not seen within ${this.withinMillis} ms: ${this.what}`
  }
}

/** A node of a network, across its lives. */
export interface Member<A> {
  readonly name: string
  /** Times that it has been started. */
  readonly lives: number
  /** What its layer has built; undefined while it is down. */
  readonly context: Context.Context<A> | undefined
}

export interface NetworkOptions<A, E> {
  /** What a node is, by its name: any layer over the ports that the simulation swaps. */
  readonly layer: (name: string) => Layer.Layer<A, E, MeshNode.Ports>
  /** Runs at each start of a node, in the scope of that life: to listen to it, say. */
  readonly onStart?:
    | ((member: Member<A>, context: Context.Context<A>) => Effect.Effect<void, never, Scope.Scope>)
    | undefined
}

interface OpenMember<A> {
  readonly name: string
  lives: number
  context: Context.Context<A> | undefined
}

/** A network whose nodes live as long as the scope in which they are started, whatever befalls them in between. */
export interface Network<A, E> {
  /** Starts a node that was never started. */
  readonly start: (
    name: string
  ) => Effect.Effect<Member<A>, E | NoSuchNodeError, Simulation | Scope.Scope>
  /** All nodes that ever were started, by name. */
  readonly members: ReadonlyMap<string, Member<A>>
  /** A service of a node's present life. */
  readonly get: <I extends A, S>(
    name: string,
    service: Context.Key<I, S>
  ) => Effect.Effect<S, NoSuchNodeError>
  /** Uses a service of a node as the node itself does, see `Simulation.inside`. */
  readonly use: <I extends A, S, B, E2, R>(
    name: string,
    service: Context.Key<I, S>,
    use: (service: S) => Effect.Effect<B, E2, R>
  ) => Effect.Effect<B, E2 | NoSuchNodeError, R | Simulation>
}

/** A network with no node yet. */
export const make = <A, E>(options: NetworkOptions<A, E>): Network<A, E> => {
  const members = new Map<string, OpenMember<A>>()

  const start = (name: string) =>
    Effect.gen(function* () {
      const simulation = yield* Simulation
      const member = members.get(name) ?? { name, lives: 0, context: undefined }
      members.set(name, member)
      yield* simulation.node(name, options.layer(name), {
        onStart: (context) =>
          Effect.gen(function* () {
            member.lives++
            member.context = context
            // A later life may have begun before this one is all gone.
            yield* Effect.addFinalizer(() =>
              Effect.sync(() => {
                if (member.context === context) member.context = undefined
              })
            )
            if (options.onStart !== undefined) yield* options.onStart(member, context)
          })
      })
      return member
    })

  const get = <I extends A, S>(name: string, service: Context.Key<I, S>) =>
    Effect.suspend(() => {
      const member = members.get(name)
      return member?.context === undefined
        ? Effect.fail(
            new NoSuchNodeError({ node: name, reason: member === undefined ? "Unknown" : "Down" })
          )
        : Effect.succeed(Context.get(member.context, service))
    })

  return {
    start,
    members,
    get,
    use: (name, service, use) =>
      Effect.flatMap(get(name, service), (found) =>
        Effect.flatMap(Simulation, ({ inside }) => inside(name, use(found)))
      )
  }
}

/** Milliseconds between two looks at whether something has come. */
const LOOK_MILLIS = 10

/** Waits, in virtual time, until something holds; a minute by default. */
export const until = Effect.fnUntraced(function* (
  what: string,
  holds: () => boolean,
  withinMillis = 60_000
) {
  for (let waited = 0; waited <= withinMillis; waited += LOOK_MILLIS) {
    if (holds()) return
    yield* Effect.sleep(LOOK_MILLIS)
  }
  return yield* new NotSeenError({ what, withinMillis })
})

/** Waits until the run is some virtual milliseconds old; not at all where it is older. */
export const at = (elapsedMillis: number): Effect.Effect<void, never, Simulation> =>
  Effect.flatMap(Simulation, (simulation) => {
    const left = elapsedMillis - simulation.elapsedMillis()
    return left > 0 ? Effect.sleep(left) : Effect.void
  })
