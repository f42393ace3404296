/**
 * A mesh node on Node.js: over TCP, TLS, WebSocket and WebSocket over TLS, with Node's crypto and zlib, and its
 * journal in memory.
 *
 * The scheme of an address chooses the transport: `tcp`, `tls`, `ws` or `wss`. Each is a subnet of its own,
 * under one name, so that a node on two of them is a bridge.
 *
 * @since 0.1.0
 */
import { layerSecureRandom } from "@effect/platform-node/NodeCrypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Transports } from "../services/Transport.ts"
import * as MemoryJournal from "./MemoryJournal.ts"
import * as MeshNode from "./MeshNode.ts"
import * as NodeCompressing from "./NodeCompressing.ts"
import * as NodeHashing from "./NodeHashing.ts"
import * as Credentials from "./sockets/Credentials.ts"
import * as TcpTransport from "./TcpTransport.ts"
import * as TlsTransport from "./TlsTransport.ts"
import * as WebSocketTransport from "./WebSocketTransport.ts"

export interface NodeMeshNodeOptions extends MeshNode.MeshNodeOptions {
  /** How `tls` and `wss` are secured. Without it they encrypt, and authenticate nobody. */
  readonly tls?: TlsTransport.TlsOptions | undefined
}

/** The four transports, `tls` and `wss` with the same certificate. */
export const layerTransports = (
  tls?: TlsTransport.TlsOptions
): Layer.Layer<Transports, TlsTransport.TlsOptionsError> =>
  Layer.unwrap(
    Effect.map(Credentials.make(tls), (credentials) =>
      Transports.layer([
        TcpTransport.transport,
        TlsTransport.over(credentials),
        WebSocketTransport.transport,
        WebSocketTransport.secureOver(credentials)
      ])
    )
  )

/** All that a node needs of Node.js, but for its transports, and a journal that outlives the process. */
export const layerPlatform = Layer.mergeAll(
  NodeHashing.layer,
  NodeCompressing.layer,
  MemoryJournal.layer,
  layerSecureRandom
)

/** Both: what {@link MeshNode.layer} is built on here. */
export const layerPorts = (tls?: TlsTransport.TlsOptions) =>
  Layer.mergeAll(layerTransports(tls), layerPlatform)

/**
 * A node, see {@link MeshNode.layer}. Fails also with `TlsOptionsError`, which names the option that is wrong.
 */
export const layer = ({ tls, ...options }: NodeMeshNodeOptions) =>
  MeshNode.layer(options).pipe(Layer.provide(Layer.fresh(layerPorts(tls))))
