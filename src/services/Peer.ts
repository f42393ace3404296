/**
 * What a connection is told of its node, and what it finds out of its peer.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { SchedulerDispatcher } from "effect/Scheduler"
import type { Address } from "../domain/Address.ts"
import type * as Compression from "../domain/Compression.ts"
import type { Dialect } from "../domain/Dialect.ts"
import type * as Handshake from "../domain/HandshakeDecider.ts"
import type { Hasher } from "../domain/Hasher.ts"
import type { NodeId, SubnetId } from "../domain/Ids.ts"
import type { Endpoint } from "../domain/messages/Codec.ts"
import type { RefusalReason } from "../domain/RefusalReason.ts"
import type { TokenBucket } from "../domain/TokenBucket.ts"
import type { Host } from "./Hosts.ts"
import type { Receiving } from "./Receiving.ts"
import type { Backlog } from "./Backlog.ts"
import type { PeerConnection } from "./PeerConnection.ts"

/** What a connection needs of its node. */
export interface Surroundings {
  readonly hasher: Hasher
  readonly compressor: Compression.Compressor
  readonly dispatcher: SchedulerDispatcher
  readonly nowMillis: () => number
  /** The account of the host that the connection is with. */
  readonly host: Host
  /** Pays for what is decompressed, and for what is refused (`WORK_BYTES_PER_SECOND`). */
  readonly work: TokenBucket
  /** What waits for all peers together, and what of theirs is not whole yet. */
  readonly backlog: Backlog
  readonly receiving: Receiving<PeerConnection>
  readonly id: NodeId
  readonly spelledId: { readonly [D in Dialect]: Uint8Array }
  /** Where the peer can dial us, for a connection of this local address. */
  readonly endpoint: Endpoint
  /** The dialect of our handshake, where a dialler is not to wait for the peer's. */
  readonly unasked: Dialect | undefined
  /** Passes a body of an open connection on. */
  readonly receive: (from: PeerConnection, body: Uint8Array) => void
  /** Waits until whoever receives can; undefined while it can. */
  readonly gate: () => Effect.Effect<void> | undefined
  readonly onRefusal: (reason: RefusalReason) => void
}

/** What is known of a peer once the handshake is done. */
export interface Peer {
  readonly id: NodeId
  readonly subnet: SubnetId
  readonly endpoint: Endpoint
  readonly kind: Handshake.PeerKind
  readonly abilities: ReadonlyArray<string>
  readonly dialect: Dialect
  readonly role: Handshake.Role
  /** The transport's address of the other end. */
  readonly address: Address
}
