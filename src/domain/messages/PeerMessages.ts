/**
 * Messages by which nodes meet and find each other: handshake, peers, requests.
 * Source: the 0.7 wire protocol, "Handshake, peers, requests".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { text } from "../Dialect.ts"
import { Main, Sub } from "../Flags.ts"
import { NodeId, SubnetId } from "../Ids.ts"
import { COMPRESSION_METHODS_MAX, ID_MAX_CHARS, PEERS_MESSAGE_MAX_ENTRIES } from "../Limits.ts"
import { type Codec, Endpoint, perDialect } from "./Codec.ts"

const Methods = Schema.Array(Schema.Int).check(Schema.isMaxLength(COMPRESSION_METHODS_MAX))
const RequestId = Schema.String.check(Schema.isMaxLength(ID_MAX_CHARS))

const EndpointPair = Schema.Tuple([
  Schema.NullOr(Schema.String),
  Schema.NullOr(Schema.Number)
]).pipe(
  Schema.decodeTo(
    Endpoint,
    SchemaTransformation.transform({
      decode: ([host, port]) => (host === null || port === null ? null : { host, port }),
      encode: (endpoint) =>
        endpoint === null ? ([null, null] as const) : ([endpoint.host, endpoint.port] as const)
    })
  )
)

/** `[whisper, …, handshake, id, subnet id, [host, port], methods]`: who a node is. */
export const Handshake = Schema.TaggedStruct("Handshake", {
  id: NodeId,
  subnet: SubnetId,
  endpoint: Endpoint,
  methods: Methods
})
export type Handshake = typeof Handshake.Type

export const handshake: Codec<Handshake> = {
  main: Main.whisper,
  sub: Sub.handshake,
  arity: 5,
  wire: perDialect((dialect) =>
    Schema.Tuple([
      Schema.Literal(Sub.handshake),
      text(dialect),
      text(dialect),
      EndpointPair,
      Methods
    ]).pipe(
      Schema.decodeTo(
        Handshake,
        SchemaTransformation.transform({
          decode: ([, id, subnet, endpoint, methods]) => ({
            _tag: "Handshake" as const,
            id,
            subnet,
            endpoint,
            methods
          }),
          encode: (message) =>
            [Sub.handshake, message.id, message.subnet, message.endpoint, message.methods] as const
        })
      )
    )
  )
}

/** A peer that a node tells another of. */
export const PeerEntry = Schema.Struct({ endpoint: Endpoint, id: NodeId })
export type PeerEntry = typeof PeerEntry.Type

/** `[whisper, …, peers, [[[host, port], node id], …]]`: whom a node is connected to. */
export const PeerList = Schema.TaggedStruct("PeerList", {
  peers: Schema.Array(PeerEntry).check(Schema.isMaxLength(PEERS_MESSAGE_MAX_ENTRIES))
})
export type PeerList = typeof PeerList.Type

export const peerList: Codec<PeerList> = {
  main: Main.whisper,
  sub: Sub.peers,
  arity: 2,
  wire: perDialect((dialect) =>
    Schema.Tuple([
      Schema.Literal(Sub.peers),
      Schema.Array(Schema.Tuple([EndpointPair, text(dialect)]))
    ]).pipe(
      Schema.decodeTo(
        PeerList,
        SchemaTransformation.transform<
          typeof PeerList.Encoded,
          readonly [typeof Sub.peers, ReadonlyArray<readonly [Endpoint, string]>]
        >({
          decode: ([, peers]) => ({
            _tag: "PeerList" as const,
            peers: peers.map(([endpoint, id]) => ({ endpoint, id }))
          }),
          encode: (message) =>
            [Sub.peers, message.peers.map(({ endpoint, id }) => [endpoint, id] as const)] as const
        })
      )
    )
  )
}

/**
 * What the request ids of our own kind begin with: no old peer's do. Whoever answers one of ours may also
 * say that the node is there and can't be dialled, which an old peer would stumble over.
 */
export const OWN_REQUEST_PREFIX = "~"

/** `[broadcast, …, request, request id, node id]`: who knows this node? */
export const PeerRequest = Schema.TaggedStruct("PeerRequest", {
  requestId: RequestId,
  id: NodeId
})
export type PeerRequest = typeof PeerRequest.Type

export const peerRequest: Codec<PeerRequest> = {
  main: Main.broadcast,
  sub: Sub.request,
  arity: 3,
  wire: perDialect((dialect) =>
    // A request's id is str in both dialects.
    Schema.Tuple([Schema.Literal(Sub.request), text("str"), text(dialect)]).pipe(
      Schema.decodeTo(
        PeerRequest,
        SchemaTransformation.transform({
          decode: ([, requestId, id]) => ({ _tag: "PeerRequest" as const, requestId, id }),
          encode: (message) => [Sub.request, message.requestId, message.id] as const
        })
      )
    )
  )
}

/** `[broadcast, …, response, request id, [[host, port], node id]]`: I do, it is there. */
export const PeerResponse = Schema.TaggedStruct("PeerResponse", {
  requestId: RequestId,
  peer: PeerEntry
})
export type PeerResponse = typeof PeerResponse.Type

export const peerResponse: Codec<PeerResponse> = {
  main: Main.broadcast,
  sub: Sub.response,
  arity: 3,
  wire: perDialect((dialect) =>
    Schema.Tuple([
      Schema.Literal(Sub.response),
      text("str"),
      Schema.Tuple([EndpointPair, text(dialect)])
    ]).pipe(
      Schema.decodeTo(
        PeerResponse,
        SchemaTransformation.transform({
          decode: ([, requestId, [endpoint, id]]) => ({
            _tag: "PeerResponse" as const,
            requestId,
            peer: { endpoint, id }
          }),
          encode: (message) =>
            [
              Sub.response,
              message.requestId,
              [message.peer.endpoint, message.peer.id] as const
            ] as const
        })
      )
    )
  )
}

/** `[whisper, …, request, "*"]`: send me your peers message again. */
export const PeerListRequest = Schema.TaggedStruct("PeerListRequest", {})
export type PeerListRequest = typeof PeerListRequest.Type

export const peerListRequest: Codec<PeerListRequest> = {
  main: Main.whisper,
  sub: Sub.request,
  arity: 2,
  wire: perDialect((dialect) =>
    Schema.Tuple([
      Schema.Literal(Sub.request),
      text(dialect).pipe(Schema.decodeTo(Schema.Literal("*")))
    ]).pipe(
      Schema.decodeTo(
        PeerListRequest,
        SchemaTransformation.transform({
          decode: () => ({ _tag: "PeerListRequest" as const }),
          encode: () => [Sub.request, "*"] as const
        })
      )
    )
  )
}

/** `[renegotiate, …, compression, methods]`: use these methods from now on. */
export const Renegotiation = Schema.TaggedStruct("Renegotiation", { methods: Methods })
export type Renegotiation = typeof Renegotiation.Type

export const renegotiation: Codec<Renegotiation> = {
  main: Main.renegotiate,
  sub: Sub.compression,
  arity: 2,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Sub.compression), Methods]).pipe(
      Schema.decodeTo(
        Renegotiation,
        SchemaTransformation.transform({
          decode: ([, methods]) => ({ _tag: "Renegotiation" as const, methods }),
          encode: (message) => [Sub.compression, message.methods] as const
        })
      )
    )
  )
}

/** `[renegotiate, …, resend]`: send me your last message again (broken in both old kinds). */
export const ResendRequest = Schema.TaggedStruct("ResendRequest", {})
export type ResendRequest = typeof ResendRequest.Type

export const resendRequest: Codec<ResendRequest> = {
  main: Main.renegotiate,
  sub: Sub.resend,
  arity: 1,
  wire: perDialect(() =>
    Schema.Tuple([Schema.Literal(Sub.resend)]).pipe(
      Schema.decodeTo(
        ResendRequest,
        SchemaTransformation.transform({
          decode: () => ({ _tag: "ResendRequest" as const }),
          encode: () => [Sub.resend] as const
        })
      )
    )
  )
}
