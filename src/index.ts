/**
 * Peer-to-peer networking for TypeScript, on Effect.
 *
 * Everything is in a module of its own; this file only lists them. What needs Node.js is not here, so that
 * this entry loads anywhere: import `effect-p2p/layers/TcpMeshNode` and its siblings.
 *
 * @since 0.1.0
 */
export * as Address from "./domain/Address.ts"
export * as Base58 from "./domain/Base58.ts"
export * as Body from "./domain/Body.ts"
export * as Compression from "./domain/Compression.ts"
export * as ConnectionError from "./domain/ConnectionError.ts"
export * as Decider from "./domain/Decider.ts"
export * as Envelope from "./domain/Envelope.ts"
export * as Frame from "./domain/Frame.ts"
export * as HandshakeDecider from "./domain/HandshakeDecider.ts"
export * as Hasher from "./domain/Hasher.ts"
export * as Ids from "./domain/Ids.ts"
export * as Limits from "./domain/Limits.ts"
export * as MessagePack from "./domain/MessagePack.ts"
export * as PeerBookDecider from "./domain/PeerBookDecider.ts"
export * as PeerEvent from "./domain/PeerEvent.ts"
export * as SeenMessages from "./domain/SeenMessages.ts"
export * as Value from "./domain/Value.ts"
export * as WireMessage from "./domain/messages/WireMessage.ts"
export * as Compressing from "./services/Compressing.ts"
export * as EventSourced from "./services/EventSourced.ts"
export * as Hashing from "./services/Hashing.ts"
export * as Journal from "./services/Journal.ts"
export * as Mesh from "./services/Mesh.ts"
export * as Identity from "./services/Identity.ts"
export * as Peers from "./services/Peers.ts"
export * as PeerRequests from "./services/PeerRequests.ts"
export * as RelayCache from "./services/RelayCache.ts"
export * as Relay from "./services/Relay.ts"
export * as Subscribers from "./services/Subscribers.ts"
export * as Supervisor from "./services/Supervisor.ts"
export * as Transport from "./services/Transport.ts"
export * as MemoryJournal from "./layers/MemoryJournal.ts"
export * as MeshNode from "./layers/MeshNode.ts"
export * as PureCompressing from "./layers/PureCompressing.ts"
export * as PureHashing from "./layers/PureHashing.ts"
