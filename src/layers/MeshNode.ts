/**
 * A whole mesh node, composed of its parts.
 *
 * @since 0.1.0
 */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Address } from "../domain/Address.ts"
import { hostPort } from "../domain/Address.ts"
import * as Envelope from "../domain/Envelope.ts"
import * as Ids from "../domain/Ids.ts"
import type { Compressing } from "../services/Compressing.ts"
import { Asks } from "../services/Asks.ts"
import { Carrying } from "../services/Carrying.ts"
import { Connections, type ConnectionsOptions } from "../services/Connections.ts"
import { Hashing } from "../services/Hashing.ts"
import { Identity } from "../services/Identity.ts"
import { Journal, JournalError } from "../services/Journal.ts"
import { Listening } from "../services/Listening.ts"
import { Mesh } from "../services/Mesh.ts"
import * as NodeLife from "../services/NodeLife.ts"
import * as NodeLog from "../services/NodeLog.ts"
import * as NodeMetrics from "../services/NodeMetrics.ts"
import { PeerRequests } from "../services/PeerRequests.ts"
import { Peers, type PeersOptions } from "../services/Peers.ts"
import { Protocols } from "../services/Protocols.ts"
import { Relay } from "../services/Relay.ts"
import { RelayCache } from "../services/RelayCache.ts"
import { Supervisor } from "../services/Supervisor.ts"
import { type TransportError, Transports } from "../services/Transport.ts"
import { Whispering } from "../services/Whispering.ts"

/** A node that can't be, by its options. */
export class NodeOptionsError extends Schema.TaggedError<NodeOptionsError>()("NodeOptionsError", {
  option: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `option ${this.option}: ${this.reason}`
  }
}

export interface MeshNodeOptions extends PeersOptions, ConnectionsOptions {
  /** The subnets that the node is in, by name: one at least; with more it is a bridge. */
  readonly subnets: readonly [string, ...ReadonlyArray<string>]
  /** Where to listen; a port of 0 is any. A node that listens nowhere can't be dialled. */
  readonly listen?: ReadonlyArray<Address> | undefined
  /** Messages that the relay cache remembers at most. */
  readonly relayCacheCapacity?: number | undefined
  /** Whether the node has metrics; it has. They take less than 100 KiB, which a simulation of thousands may save. */
  readonly metrics?: boolean | undefined
}

/** What a node is built on, and what a simulation swaps. */
export type Ports = Transports | Hashing | Compressing | Journal | SecureRandom.SecureRandom

/** Bytes of chance in a node's id. */
const SALT_BYTES = 16

const IdentityCreated = Schema.TaggedStruct("IdentityCreated", { id: Ids.NodeId })
const STREAM = "Identity"

/** The node's id: the journaled one, or a new one that is journaled now. */
const identify = Effect.fnUntraced(function* (options: MeshNodeOptions) {
  const hasher = yield* Hashing
  const journal = yield* Journal
  const random = yield* SecureRandom.SecureRandom
  const transports = yield* Transports
  const { listeners } = yield* Listening
  const listening = listeners.map(({ address }) => address)
  const names = [...new Set(options.subnets)]
  if (names.some((name) => name === "")) {
    return yield* new NodeOptionsError({ option: "subnets", reason: "a subnet has an empty name" })
  }
  const [kept] = yield* Stream.runCollect(journal.replay(STREAM))
  const corrupt = (error: Schema.SchemaError) =>
    new JournalError({ reason: "Corrupt", stream: STREAM, detail: error.message })
  const create = Effect.gen(function* () {
    const salt = yield* random.randomBytes(SALT_BYTES)
    const [first] = listening
    const encryption =
      transports.all.find(({ scheme }) => scheme === first?.scheme)?.encryption ?? "Plaintext"
    const subnet = Ids.subnetId(hasher, options.subnets[0], encryption)
    const id = Ids.nodeId(hasher, first === undefined ? "" : hostPort(first), subnet, salt)
    const event = yield* Effect.mapError(
      Schema.encodeEffect(IdentityCreated)({ _tag: "IdentityCreated", id }),
      corrupt
    )
    const atMillis = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    yield* journal.append({ stream: STREAM, after: 0, atMillis, events: [event] })
    return id
  })
  const id =
    kept === undefined
      ? yield* create
      : (yield* Effect.mapError(Schema.decodeUnknownEffect(IdentityCreated)(kept.event), corrupt))
          .id
  return Identity.of({
    id,
    idKey: Envelope.idKey(id),
    spelled: { str: Envelope.spell(id, "str"), bin: Envelope.spell(id, "bin") },
    subnets: names.map((name) => {
      const ids = new Map<Ids.Encryption, Ids.SubnetId>()
      for (const { encryption } of transports.all) {
        ids.set(encryption, Ids.subnetId(hasher, name, encryption))
      }
      return {
        name,
        id: (encryption) => ids.get(encryption) ?? Ids.subnetId(hasher, name, encryption)
      }
    }),
    listening
  })
})

/**
 * Builds each layer where it stands. No part of a node is provided in two places, and an entry that is kept for a
 * second one holds on to the context that its layer was built in: of all a node has in memory a third.
 */
const once: Layer.MemoMap = {
  "~effect/Layer/MemoMap": "~effect/Layer/MemoMap",
  get: () => undefined,
  getOrElseMemoize: (_, scope, build) => build(once, scope)
}

/**
 * Builds a layer apart from all others: two nodes in one graph share what they are given, and nothing of what
 * they are. One node's layer that is used twice is still one node.
 */
const apart = <A, E, R>(layer: Layer.Layer<A | Mesh, E, R>): Layer.Layer<A | Mesh, E, R> =>
  Layer.fromBuildMemo((_, scope) =>
    NodeLife.live((own) => Layer.buildWithMemoMap(layer, once, own), scope)
  )

/**
 * A mesh node over any ports: the very layer that programs run, and that simulations run too.
 *
 * Fails with `TransportError` where an address can't be listened on, with `NodeOptionsError` where an
 * option makes no sense, and with `JournalError` where the journal can't be read.
 */
export const layer = (
  options: MeshNodeOptions
): Layer.Layer<
  Mesh | Connections | Peers | Protocols | RelayCache | Supervisor,
  TransportError | JournalError | NodeOptionsError,
  Ports
> =>
  apart(
    Mesh.layer.pipe(
      Layer.provide(options.metrics === false ? Layer.empty : NodeMetrics.layer),
      Layer.provideMerge(Protocols.layer),
      Layer.provide(Asks.layer),
      Layer.provide(Whispering.layer),
      Layer.provide(Layer.mergeAll(PeerRequests.layer, Carrying.layer)),
      Layer.provideMerge(Peers.layer(options)),
      Layer.provide(NodeLog.layer),
      Layer.provideMerge(Connections.layer(options)),
      Layer.provide(Relay.layer),
      Layer.provideMerge(RelayCache.layer({ capacity: options.relayCacheCapacity })),
      Layer.provide(Layer.effect(Identity, identify(options))),
      Layer.provide(Listening.layer(options.listen ?? [])),
      Layer.provideMerge(Supervisor.layer)
    )
  )
