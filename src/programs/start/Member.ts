/**
 * One node of the demonstration: a whole mesh node on sockets of its own.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Address } from "../../domain/Address.ts"
import type { PeerEvent } from "../../domain/PeerEvent.ts"
import * as MeshNode from "../../layers/MeshNode.ts"
import * as NodeMeshNode from "../../layers/NodeMeshNode.ts"
import * as TcpTransport from "../../layers/TcpTransport.ts"
import { type Message, Mesh } from "../../services/Mesh.ts"
import { Transports } from "../../services/Transport.ts"
import * as Cable from "./Cable.ts"

/** Any free port: nobody else's network is in the way. */
const ANYWHERE = new Address({ scheme: "tcp", host: "127.0.0.1", port: 0 })

/** Connections that a member seeks: one, so that the network is as sparse as can be and healing shows. */
const MAX_OUTGOING = 1

export interface MemberOptions {
  readonly name: string
  readonly subnets: readonly [string, ...ReadonlyArray<string>]
  /** Where to listen, if not on any free port. */
  readonly address?: Address | undefined
  readonly join?: Address | undefined
  readonly onMessage: (member: Member, message: Message) => Effect.Effect<void>
  readonly onPeerEvent: (member: Member, event: PeerEvent) => Effect.Effect<void>
}

export interface Member {
  readonly name: string
  readonly subnets: ReadonlyArray<string>
  readonly mesh: Mesh["Service"]
  readonly address: Address
  /** Ends it without a goodbye. */
  readonly kill: Effect.Effect<void>
}

/** Starts a member; it leaves in order when the scope closes. */
export const start = Effect.fnUntraced(function* (options: MemberOptions) {
  const { join, name, onMessage, onPeerEvent, subnets } = options
  const cable = Cable.around(TcpTransport.transport)
  const ports = Layer.fresh(
    Layer.mergeAll(Transports.layer([cable.transport]), NodeMeshNode.layerPlatform)
  )
  const node = MeshNode.layer({
    subnets,
    listen: [options.address ?? ANYWHERE],
    join: join === undefined ? [] : [join],
    maxOutgoing: MAX_OUTGOING
  }).pipe(Layer.provide(ports))
  const scope = yield* Effect.flatMap(Effect.scope, (outer) => Scope.fork(outer))
  const mesh = Context.get(yield* Layer.buildWithScope(node, scope), Mesh)
  const [address = ANYWHERE] = mesh.listening
  const kill = Effect.andThen(cable.pull, Scope.close(scope, Exit.void))
  const member: Member = { name, subnets, mesh, address, kill }
  yield* Effect.gen(function* () {
    const { takeAll } = yield* mesh.subscribe
    const pull = yield* Stream.toPull(mesh.peerEvents)
    const hear = Effect.flatMap(takeAll, (messages) =>
      Effect.forEach(messages, (message) => onMessage(member, message), { discard: true })
    )
    const watch = Effect.flatMap(pull, (events) =>
      Effect.forEach(events, (event) => onPeerEvent(member, event), { discard: true })
    )
    yield* Effect.forkScoped(Effect.forever(hear))
    yield* Effect.forkScoped(Pull.catchDone(Effect.forever(watch), () => Effect.void))
  }).pipe(Scope.provide(scope))
  return member
})
