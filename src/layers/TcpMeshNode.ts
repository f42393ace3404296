/**
 * A mesh node on TCP sockets, with Node's crypto and zlib, and its journal in memory.
 *
 * @since 0.1.0
 */
import { layerSecureRandom } from "@effect/platform-node/NodeCrypto"
import * as Layer from "effect/Layer"
import { Transports } from "../services/Transport.ts"
import * as MemoryJournal from "./MemoryJournal.ts"
import * as MeshNode from "./MeshNode.ts"
import * as NodeCompressing from "./NodeCompressing.ts"
import * as NodeHashing from "./NodeHashing.ts"
import * as TcpTransport from "./TcpTransport.ts"

/** All that a node needs of Node.js, but for a journal that outlives the process. */
export const layerPorts = Layer.mergeAll(
  Transports.layer([TcpTransport.transport]),
  NodeHashing.layer,
  NodeCompressing.layer,
  MemoryJournal.layer,
  layerSecureRandom
)

/** See {@link MeshNode.layer}. */
export const layer = (options: MeshNode.MeshNodeOptions) =>
  MeshNode.layer(options).pipe(Layer.provide(Layer.fresh(layerPorts)))
