/**
 * What a frame's body means, in words: read as a node reads it, and named for a person.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Body from "../../../domain/Body.ts"
import * as Bytes from "../../../domain/Bytes.ts"
import { type Compressor, METHODS } from "../../../domain/Compression.ts"
import * as Envelope from "../../../domain/Envelope.ts"
import { APPLICATION_FIRST, Main } from "../../../domain/Flags.ts"
import type { Hasher } from "../../../domain/Hasher.ts"
import { DIGEST_BYTES } from "../../../domain/Limits.ts"
import type { Value } from "../../../domain/Value.ts"
import * as WireMessage from "../../../domain/messages/WireMessage.ts"
import { TEXT_MAX_CHARS } from "./RecordingLimits.ts"

/** What a message is about, the most telling first. */
export const KINDS = [
  "broadcast",
  "whisper",
  "protocol",
  "answer",
  "cancel",
  "carry",
  "carried",
  "request",
  "response",
  "peers",
  "peers wanted",
  "handshake",
  "hello",
  "goodbye",
  "announcement",
  "renegotiation",
  "resend",
  "table",
  "heartbeat",
  "heartbeat ack",
  "ping",
  "pong",
  "unknown",
  "unreadable"
] as const
export type Kind = (typeof KINDS)[number]

const kindOf: { readonly [Tag in WireMessage.WireMessage["_tag"]]: Kind } = {
  Handshake: "handshake",
  PeerList: "peers",
  PeerRequest: "request",
  PeerResponse: "response",
  PeerListRequest: "peers wanted",
  Renegotiation: "renegotiation",
  ResendRequest: "resend",
  UserBroadcast: "broadcast",
  UserWhisper: "whisper",
  SyncStore: "table",
  SyncAssociation: "table",
  SyncDelta: "table",
  ChordHandshake: "table",
  ChordStore: "table",
  ChordDelta: "table",
  ChordRetrieve: "table",
  ChordRetrieved: "table",
  KeyAdded: "table",
  KeyRemoved: "table",
  Hello: "hello",
  Goodbye: "goodbye",
  Heartbeat: "heartbeat",
  HeartbeatAck: "heartbeat ack",
  Announcement: "announcement",
  Answer: "answer",
  Cancel: "cancel",
  Carry: "carry",
  Carried: "carried"
}

/** A message, named. */
export interface Named {
  readonly kind: Kind
  readonly text: string
  /** The id of the node that made it; none where it can't be read. */
  readonly sender: string | undefined
  /** Tells a broadcast from others: its digest. */
  readonly digest: string | undefined
}

/** A text of as many characters as are shown. */
export const shorten = (text: string): string =>
  text.length > TEXT_MAX_CHARS ? `${text.slice(0, TEXT_MAX_CHARS - 1)}…` : text

/** Values nested deeper are not shown. */
const SHOWN_DEPTH = 3

const show = (value: Value, depth = 0): string => {
  if (typeof value === "string") return depth === 0 ? value : JSON.stringify(shorten(value))
  if (typeof value !== "object" || value === null) return String(value)
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (depth >= SHOWN_DEPTH) return "…"
  if (Array.isArray(value)) {
    const shown = value.slice(0, TEXT_MAX_CHARS).map((element) => show(element, depth + 1))
    return `[${shown.join(", ")}]`
  }
  return value instanceof Map ? `a map of ${value.size}` : "{…}"
}

const showAll = (values: ReadonlyArray<Value>): string => {
  let text = ""
  for (const value of values) {
    if (text.length > TEXT_MAX_CHARS) break
    text += `${text === "" ? "" : " "}${show(value)}`
  }
  return shorten(text)
}

/** The name of a node, by its id. */
export type NameOf = (id: string) => string

/** What a message says. */
const describe = (message: WireMessage.WireMessage, nameOf: NameOf): string => {
  switch (message._tag) {
    case "UserBroadcast":
    case "UserWhisper":
      return showAll(message.payload)
    case "Handshake":
      return `I am ${nameOf(message.id)}`
    case "PeerList":
      return `${message.peers.length}: ${message.peers.map(({ id }) => nameOf(id)).join(" ")}`
    case "PeerRequest":
      return `who knows ${nameOf(message.id)}? ${message.requestId}`
    case "PeerResponse": {
      const { endpoint, id } = message.peer
      const where = endpoint === null ? "can't be dialled" : `${endpoint.host}:${endpoint.port}`
      return `${nameOf(id)}: ${where}, to ${message.requestId}`
    }
    case "Hello":
      return `${message.software} ${message.version}: ${message.abilities.join(" ")}`
    case "Goodbye":
      return `${message.reason}: ${message.detail}`
    case "Heartbeat":
    case "HeartbeatAck":
      return String(message.sequence)
    case "Announcement":
      return message.protocols.map(({ name }) => name).join(" ")
    case "Answer":
      return `to ${message.number}: ${show(message.value)}`
    case "Cancel":
      return String(message.number)
    case "Carry": {
      const { hopsLeft, origin, payload, target } = message
      const size = `${payload.length} bytes, ${hopsLeft} hops left`
      return `${nameOf(origin)} to ${nameOf(target)}: ${size}`
    }
    case "Carried":
      return `${message.outcome} ${message.carryId}`
    default:
      return message._tag
  }
}

const nothingKnown = () => false

/** Reads bodies, whatever they were compressed with and in whichever dialect. */
export class Namer {
  /** Broadcasts that were read: of each a node relays copies, and all are equal. */
  private readonly known = new Map<string, Named>()
  private readonly hasher: Hasher
  private readonly compressor: Compressor
  private readonly capacity: number
  private readonly nameOf: NameOf

  constructor(hasher: Hasher, compressor: Compressor, capacity: number, nameOf: NameOf) {
    this.hasher = hasher
    this.compressor = compressor
    this.capacity = capacity
    this.nameOf = nameOf
  }

  /** What a body means, and, of a handshake, who its sender says it is. */
  name(body: Uint8Array): Named {
    const unwrapped = Body.unwrap(this.hasher, this.compressor, METHODS, body, nothingKnown)
    if (Body.isError(unwrapped)) {
      const text = shorten(unwrapped.message)
      return { kind: "unreadable", text, sender: undefined, digest: undefined }
    }
    const { envelope } = unwrapped
    if (envelope.main !== Main.broadcast) return this.read(envelope, undefined)
    const digest = Bytes.toHex(unwrapped.body.subarray(0, DIGEST_BYTES))
    const known = this.known.get(digest)
    if (known !== undefined) return known
    const named = this.read(envelope, digest)
    if (this.known.size >= this.capacity) {
      for (const oldest of this.known.keys()) {
        this.known.delete(oldest)
        break
      }
    }
    this.known.set(digest, named)
    return named
  }

  private read(envelope: Envelope.Envelope, digest: string | undefined): Named {
    const sender = Envelope.sender(envelope)
    const named = (kind: Kind, text: string): Named => ({
      kind,
      text: shorten(text),
      sender,
      digest
    })
    const sub = Envelope.subFlag(envelope)
    if (envelope.main === Main.ping) return named("ping", "")
    if (envelope.main === Main.pong) return named("pong", "")
    const payload = Envelope.payload(envelope)
    if (Result.isFailure(payload)) return named("unreadable", payload.failure.message)
    const message = WireMessage.decode(envelope.main, payload.success)
    if (Result.isSuccess(message)) {
      return named(kindOf[message.success._tag], describe(message.success, this.nameOf))
    }
    const flag = `0x${Math.max(0, sub).toString(16)}`
    return sub >= APPLICATION_FIRST
      ? named("protocol", `${flag} ${showAll(payload.success.slice(1))}`)
      : named("unknown", message.failure.message)
  }
}
