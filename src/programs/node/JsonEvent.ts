/**
 * What a node tells a program: one JSON object a line, `event` saying what it is.
 *
 * `listening` comes first. After that messages come in their order and so do peers, but the one may
 * overtake the other: a peer's last message may follow the word that it has left.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Address from "../../domain/Address.ts"
import { Reason } from "../../domain/ConnectionError.ts"
import { PeerKind, Role } from "../../domain/HandshakeDecider.ts"
import { MessageId, NodeId } from "../../domain/Ids.ts"
import type { PeerEvent, PeerInfo } from "../../domain/PeerEvent.ts"
import { CommandId } from "./JsonCommand.ts"

const event = <const Name extends string>(name: Name) => Schema.Literal(name)

/** The first event, one for each address that the node listens on; null where it does on none. */
export const Listening = Schema.Struct({
  event: event("listening"),
  address: Schema.NullOr(Schema.String),
  id: NodeId
})

const peer = {
  id: NodeId,
  address: Schema.String,
  /** The name of the subnet that it shares with this node. */
  subnet: Schema.String,
  role: Role,
  kind: PeerKind
}

/** A peer has shaken hands. */
export const PeerConnected = Schema.Struct({
  event: event("peer"),
  state: Schema.Literal("connected"),
  ...peer
})

/** A peer is gone, and why. */
export const PeerDisconnected = Schema.Struct({
  event: event("peer"),
  state: Schema.Literal("disconnected"),
  ...peer,
  reason: Reason,
  by: Schema.Literals(["Us", "Peer"]),
  detail: Schema.String
})

/** A connection that came to no handshake. */
export const Refused = Schema.Struct({
  event: event("refused"),
  address: Schema.String,
  role: Role,
  reason: Reason,
  detail: Schema.String
})

/** A dial that reached nobody. */
export const Unreachable = Schema.Struct({
  event: event("unreachable"),
  address: Schema.String,
  detail: Schema.String
})

/** A message from another node; a reply names its id. */
export const MessageReceived = Schema.Struct({
  event: event("message"),
  id: MessageId,
  sender: NodeId,
  flag: Schema.Literals(["broadcast", "whisper"]),
  payload: Schema.Array(Schema.Json)
})

/** The answer to the command `peers`, under its id. */
export const Peers = Schema.Struct({
  event: event("peers"),
  id: Schema.optionalKey(CommandId),
  peers: Schema.Array(Schema.Struct(peer))
})

/** A command that failed, under its id, or something that befell the node. */
export const Failed = Schema.Struct({
  event: event("error"),
  id: Schema.optionalKey(CommandId),
  /** The error's tag. */
  error: Schema.String,
  message: Schema.String
})

export const JsonEvent = Schema.Union([
  Listening,
  PeerConnected,
  PeerDisconnected,
  Refused,
  Unreachable,
  MessageReceived,
  Peers,
  Failed
])
export type JsonEvent = typeof JsonEvent.Type

/** An event as its line, without the line feed. */
export const toLine = (event: JsonEvent): string => JSON.stringify(event)

const fromPeer = ({ address, id, kind, role, subnet }: PeerInfo) => ({
  id,
  address: Address.format(address),
  subnet,
  role,
  kind
})

/** The command's mark, if it had one. */
const marked = (id: CommandId | undefined) => (id === undefined ? {} : { id })

export const fromPeers = (peers: ReadonlyArray<PeerInfo>, id?: CommandId): JsonEvent => ({
  event: "peers",
  ...marked(id),
  peers: peers.map(fromPeer)
})

export const fromError = (
  error: { readonly _tag: string; readonly message: string },
  id?: CommandId
): JsonEvent => ({ event: "error", ...marked(id), error: error._tag, message: error.message })

export const fromPeerEvent = (event: PeerEvent): JsonEvent => {
  switch (event._tag) {
    case "PeerConnected":
      return { event: "peer", state: "connected", ...fromPeer(event.peer) }
    case "PeerDisconnected": {
      const { by, detail, reason } = event.error
      return { event: "peer", state: "disconnected", ...fromPeer(event.peer), reason, by, detail }
    }
    case "ConnectionRefused": {
      const { detail, reason } = event.error
      const address = Address.format(event.address)
      return { event: "refused", address, role: event.role, reason, detail }
    }
    case "DialFailed":
      return {
        event: "unreachable",
        address: Address.format(event.address),
        detail: event.detail
      }
  }
}
