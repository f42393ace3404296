/**
 * What a user sees of a node's connections.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Address } from "./Address.ts"
import { ConnectionError } from "./ConnectionError.ts"
import { PeerKind, Role } from "./HandshakeDecider.ts"
import { NodeId } from "./Ids.ts"

/** A peer as a user sees it. */
export const PeerInfo = Schema.Struct({
  id: NodeId,
  /** Where it can be dialled, else where its connection comes from. */
  address: Address,
  /** The name of the subnet that it shares with us. */
  subnet: Schema.String,
  role: Role,
  kind: PeerKind
})
export type PeerInfo = typeof PeerInfo.Type

/** A peer's handshake is done. */
export const PeerConnected = Schema.TaggedStruct("PeerConnected", { peer: PeerInfo })

/** A peer is gone, and why. */
export const PeerDisconnected = Schema.TaggedStruct("PeerDisconnected", {
  peer: PeerInfo,
  error: ConnectionError
})

/** A connection that came to no handshake, and why. */
export const ConnectionRefused = Schema.TaggedStruct("ConnectionRefused", {
  address: Address,
  role: Role,
  error: ConnectionError
})

/** A dial that reached nobody. */
export const DialFailed = Schema.TaggedStruct("DialFailed", {
  address: Address,
  detail: Schema.String
})

export const PeerEvent = Schema.Union([
  PeerConnected,
  PeerDisconnected,
  ConnectionRefused,
  DialFailed
])
export type PeerEvent = typeof PeerEvent.Type
