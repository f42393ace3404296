// One node of this library, as a user would build it: the only file of the benchmark that imports it.

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { Address } from "../../src/domain/Address.ts"
import { RelayCache } from "../../src/services/RelayCache.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import * as NodeMeshNode from "../../src/layers/NodeMeshNode.ts"

export type Scheme = "tcp" | "tls" | "ws" | "wss"

export interface NodeOptions {
  /** The transport. TLS is as it comes: each node makes its certificate, and nobody's is looked at. */
  readonly scheme: Scheme
  /** Ports on 127.0.0.1 of the nodes to dial: all of them, and no others. */
  readonly join: ReadonlyArray<number>
  /** What arrives, in the order in which it does. */
  readonly onPayload: (payload: Uint8Array) => void
}

export interface OurNode {
  readonly port: number
  /** Open connections, after the handshake. */
  readonly peers: () => number
  readonly broadcast: (payload: Uint8Array) => void
  /** Broadcasts `count` payloads of `bytes` bytes; resolves once the last was handed to a socket. */
  readonly stream: (count: number, bytes: number) => Promise<void>
  /** Puts so many messages into the relay cache. */
  readonly remember: (count: number) => void
  readonly stop: () => Promise<void>
}

/** A payload for each message of a stream: its number in front, so that no two are equal. */
const numbered = (count: number, bytes: number) =>
  Effect.forEach(
    { [Symbol.iterator]: () => numbers(count, bytes) },
    (payload) => Effect.flatMap(Mesh, (mesh) => mesh.broadcast([payload])),
    { discard: true }
  )

function* numbers(count: number, bytes: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    const payload = new Uint8Array(bytes)
    new DataView(payload.buffer).setUint32(0, i)
    yield payload
  }
}

export const startNode = async (options: NodeOptions): Promise<OurNode> => {
  const scope = Effect.runSync(Scope.make())
  const at = (port: number) => new Address({ scheme: options.scheme, host: "127.0.0.1", port })
  const layer = NodeMeshNode.layer({
    subnets: ["bench"],
    listen: [at(0)],
    join: options.join.map(at),
    maxOutgoing: options.join.length
  })
  const context = await Effect.runPromise(Layer.buildWithScope(layer, scope))
  const mesh = Context.get(context, Mesh)
  const cache = Context.get(context, RelayCache)
  const consume = Effect.gen(function* () {
    const { takeAll } = yield* mesh.subscribe
    while (true) {
      for (const { payload } of yield* takeAll) {
        const [first] = payload
        if (first instanceof Uint8Array) options.onPayload(first)
      }
    }
  })
  Effect.runFork(Scope.provide(consume, scope))
  return {
    port: mesh.listening[0]?.port ?? 0,
    peers: () => Effect.runSync(mesh.peers).length,
    broadcast: (payload) => {
      Effect.runFork(mesh.broadcast([payload]))
    },
    stream: (count, bytes) =>
      Effect.runPromise(Effect.provideContext(numbered(count, bytes), context)),
    remember: (count) => {
      const second = Math.floor(Date.now() / 1000)
      const id = new Uint8Array(32)
      const view = new DataView(id.buffer)
      for (let i = 0; i < count; i++) {
        view.setUint32(0, i)
        cache.offer(second, id, 0)
      }
    },
    stop: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}
