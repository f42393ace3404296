/**
 * Ids, made one way for every kind of network. Source: the 0.7 wire protocol, "Ids".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Base58 from "./Base58.ts"
import * as Bytes from "./Bytes.ts"
import type { Hasher } from "./Hasher.ts"
import { ID_MAX_CHARS } from "./Limits.ts"

/** The version of the wire protocol that old peers speak, a part of every subnet id. */
export const WIRE_VERSION = "0.7"

/** How a transport protects its bytes, in 0.7's words: a part of every subnet id. */
export type Encryption = "Plaintext" | "SSL" | "ws" | "wss"

/**
 * Opaque, but a text: what was no UTF-8 has U+FFFD in it, and is not told from others like it; characters that
 * are not seen have no business in one that users read.
 */
const Id = Schema.NonEmptyString.check(
  Schema.isMaxLength(ID_MAX_CHARS),
  Schema.isPattern(/^[^\p{Cc}\p{Cf}\uFFFD]*$/u)
)

/** A node's id: opaque to its peers; ours are base58 of a SHA-384. */
export const NodeId = Id.pipe(Schema.brand("NodeId"))
export type NodeId = typeof NodeId.Type

/** Whether a text could be a node's id. */
export const isNodeId = Schema.is(NodeId)

/** A subnet's id ("protocol id" in 0.7): only nodes that name the same one talk to each other. */
export const SubnetId = Id.pipe(Schema.brand("SubnetId"))
export type SubnetId = typeof SubnetId.Type

/** A message's id: base58 of the SHA-256 of its packed bytes. */
export const MessageId = Id.pipe(Schema.brand("MessageId"))
export type MessageId = typeof MessageId.Type

/** base58(SHA-256(subnet + encryption + version)). */
export const subnetId = (hasher: Hasher, subnet: string, encryption: Encryption): SubnetId =>
  SubnetId.make(
    Base58.encode(hasher.digest("sha256", Bytes.fromText(subnet + encryption + WIRE_VERSION)))
  )

/**
 * base58(SHA-384(address + subnet id + salt)).
 *
 * `address` is `host:port`, or empty for a node that can't be dialled; `salt` are random bytes, so that
 * a node that starts again on the same address is another node.
 */
export const nodeId = (
  hasher: Hasher,
  address: string,
  subnet: SubnetId,
  salt: Uint8Array
): NodeId =>
  NodeId.make(
    Base58.encode(hasher.digest("sha384", Bytes.concat([Bytes.fromText(address + subnet), salt])))
  )

/** The id of a message by its digest. */
export const messageId = (digest: Uint8Array): MessageId => MessageId.make(Base58.encode(digest))
