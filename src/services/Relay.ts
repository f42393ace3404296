/**
 * The relay: every message that comes in goes through here, and every broadcast that goes out.
 *
 * A broadcast is passed on once, to all peers of all subnets but the one it came from and its
 * originator, and never if it was seen before. It is passed on as it came, byte for byte: its digest is
 * its id. Plain synchronous code, for it runs once for each message (design, "Speed"); what it counts
 * are plain numbers that whoever wants reads.
 *
 * Source: the 0.7 wire protocol, "Mesh".
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Body from "../domain/Body.ts"
import { type Dialect, OURS } from "../domain/Dialect.ts"
import * as Envelope from "../domain/Envelope.ts"
import { Main } from "../domain/Flags.ts"
import {
  DIGEST_BYTES,
  FRAME_BODY_MAX_BYTES,
  FRAME_LENGTH_BYTES,
  MESSAGE_LEAD_OWN_SECONDS,
  RECENT_OWN_MAX
} from "../domain/Limits.ts"
import * as Frame from "../domain/Frame.ts"
import type { Compressor } from "../domain/Compression.ts"
import type { Hasher } from "../domain/Hasher.ts"
import { Outgoing } from "../domain/Outgoing.ts"
import { RouteTable } from "../domain/RouteTable.ts"
import type { Verdict } from "../domain/SeenMessages.ts"
import { Compressing } from "./Compressing.ts"
import { Hashing } from "./Hashing.ts"
import { Identity } from "./Identity.ts"
import type { PeerConnection } from "./PeerConnection.ts"
import { RelayCache } from "./RelayCache.ts"

/** Where the message starts in a frame. */
const PACKED_AT = FRAME_LENGTH_BYTES + DIGEST_BYTES

/** A broadcast of our own that could not go out. */
export class BroadcastError extends Schema.TaggedError<BroadcastError>()("BroadcastError", {
  reason: Schema.Literals(["TooLarge", "TooManyEqual", "CacheFull"]),
  detail: Schema.String
}) {
  override get message() {
    return `broadcast refused (${this.reason}): ${this.detail}`
  }
}

/** A message that has come in, as its handler gets it. */
export interface Incoming {
  readonly from: PeerConnection
  readonly envelope: Envelope.Envelope
  /** Digest and message, uncompressed: a view of the chunk that it came in. */
  readonly body: Uint8Array
  /** The sender's id as a key (`Bytes.toKey`). */
  readonly senderKey: string
  /** Whether others have carried it here: then `from` is who did it last, and not its sender. */
  readonly isCarried: boolean
}

/** Takes in the messages of one flag. Synchronous; a throw is counted and stays its own. */
export type Handler = (incoming: Incoming) => void

/** What the relay has done so far. */
export interface Counters {
  messagesIn: number
  bytesIn: number
  broadcastsOut: number
  duplicates: number
  /** Copies of broadcasts passed on. */
  relayed: number
  /** Copies withheld because an outbox was full. */
  withheld: number
  /** Messages that no handler knew. */
  unknown: number
  /** Broadcasts passed on, and carried whispers, whose payload we could not decode for ourselves. */
  unreadable: number
  handlerDefects: number
  /** Subscribers of the user that fell too far behind, and were told so. */
  subscribersLagged: number
  /** Broadcasts dropped for another reason than being seen. */
  readonly dropped: { [V in Exclude<Verdict, "New" | "Duplicate">]: number }
}

export class Relay extends Context.Service<
  Relay,
  {
    /** Takes in a body from an open connection. */
    readonly receive: (from: PeerConnection, body: Uint8Array) => void
    /**
     * Broadcasts an encoded payload (an array, sub-flag first) under our id, spelled in a dialect (ours by
     * default). Waits while every peer is behind. Returns the message's digest.
     */
    readonly broadcast: (
      payload: Uint8Array,
      dialect?: Dialect
    ) => Effect.Effect<Uint8Array, BroadcastError>
    /** Adds an open connection to those that broadcasts go to. */
    readonly attach: (connection: PeerConnection) => void
    readonly detach: (connection: PeerConnection) => void
    /** Whether every peer is behind, so that a broadcast would wait. */
    readonly isCongested: () => boolean
    /**
     * Registers who takes in a flag of messages; a later one replaces an earlier. Returns how to take it
     * back.
     */
    readonly handle: (main: number, sub: number, handler: Handler) => () => void
    /** Gives a message that did not come as a body of its own to the handler of its flag. */
    readonly dispatch: (incoming: Incoming) => void
    /** Remembers that a node, by its id's key, was heard by way of a connection. */
    readonly hear: (key: string, from: PeerConnection) => void
    /** The open connection by which a node was heard last, and so leads to it. */
    readonly routeTo: (key: string) => PeerConnection | undefined
    readonly counters: Counters
    /** Waits until the relay can take messages in; undefined while it can. */
    readonly gate: () => Effect.Effect<void> | undefined
  }
>()("effect-p2p/services/Relay") {
  static readonly layer: Layer.Layer<Relay, never, RelayCache | Hashing | Compressing | Identity> =
    Layer.effect(
      Relay,
      Effect.gen(function* () {
        const path = new RelayPath(
          yield* RelayCache,
          yield* Hashing,
          yield* Compressing,
          yield* Identity,
          yield* Clock.Clock
        )
        return Relay.of({
          receive: (from, body) => path.receive(from, body),
          broadcast: (payload, dialect = OURS) =>
            Effect.suspend(() => path.broadcast(payload, dialect)),
          attach: (connection) => {
            path.targets = [...path.targets, connection]
          },
          detach: (connection) => {
            path.targets = path.targets.filter((target) => target !== connection)
          },
          isCongested: () => path.room() !== undefined,
          handle: (main, sub, handler) => {
            const key = flags(main, sub)
            path.handlers.set(key, handler)
            return () => {
              if (path.handlers.get(key) === handler) path.handlers.delete(key)
            }
          },
          dispatch: (incoming) => path.dispatch(incoming),
          hear: (key, from) => path.routes.hear(key, from.number),
          routeTo: (key) => {
            const number = path.routes.find(key)
            return path.targets.find((target) => target.number === number)
          },
          counters: path.counters,
          gate: () => path.gate()
        })
      })
    )
}

const flags = (main: number, sub: number) => main * 0x1_0000 + sub

/**
 * The path of a message. A class, so that every node of a process runs the same compiled code: functions
 * that a layer makes would be compiled anew, and looser, for each node.
 */
class RelayPath {
  targets: ReadonlyArray<PeerConnection> = []
  readonly handlers = new Map<number, Handler>()
  readonly routes = new RouteTable()
  readonly counters: Counters = {
    messagesIn: 0,
    bytesIn: 0,
    broadcastsOut: 0,
    duplicates: 0,
    relayed: 0,
    withheld: 0,
    unknown: 0,
    unreadable: 0,
    handlerDefects: 0,
    subscribersLagged: 0,
    dropped: { Expired: 0, Forgotten: 0, Early: 0 }
  }
  /** The next free second of our own broadcasts that had an equal one before them. */
  private readonly leads = new Map<string, number>()
  private readonly cache: RelayCache["Service"]
  private readonly hasher: Hasher
  private readonly compressor: Compressor
  private readonly identity: Identity["Service"]
  private readonly clock: Clock.Clock

  constructor(
    cache: RelayCache["Service"],
    hasher: Hasher,
    compressor: Compressor,
    identity: Identity["Service"],
    clock: Clock.Clock
  ) {
    this.cache = cache
    this.hasher = hasher
    this.compressor = compressor
    this.identity = identity
    this.clock = clock
  }

  private forward(outgoing: Outgoing, from: PeerConnection | undefined, originator: string): void {
    for (const target of this.targets) {
      if (target === from || target.peerKey === originator) continue
      if (target.relay(outgoing)) this.counters.relayed++
      else this.counters.withheld++
    }
  }

  private isAnyBlocked(): boolean {
    for (const target of this.targets) if (target.outbox.isBlocked) return true
    return false
  }

  receive(from: PeerConnection, body: Uint8Array): void {
    const unwrapped = Body.unwrap(
      this.hasher,
      this.compressor,
      from.incomingMethods,
      body,
      this.cache.has
    )
    if (Body.isError(unwrapped)) return from.refuseBody(unwrapped, body)
    const { body: whole, envelope } = unwrapped
    if (whole !== body) from.hasInflated(body, unwrapped.isKnown)
    this.counters.messagesIn++
    this.counters.bytesIn += body.length
    if (unwrapped.isKnown) {
      this.counters.duplicates++
      return
    }
    const senderKey = this.hasher.toKey(envelope.bytes, envelope.senderStart, envelope.senderEnd)
    if (envelope.main === Main.broadcast && !this.relayOn(from, unwrapped, senderKey)) return
    this.dispatch({ from, envelope, body: whole, senderKey, isCarried: false })
  }

  dispatch(incoming: Incoming): void {
    const { envelope, from, isCarried } = incoming
    const handler = this.handlers.get(flags(envelope.main, Envelope.subFlag(envelope)))
    if (handler === undefined) {
      this.counters.unknown++
      // Who carries a message has not made it.
      if (envelope.main !== Main.broadcast && !isCarried) from.saidUnknown()
      return
    }
    try {
      handler(incoming)
    } catch {
      this.counters.handlerDefects++
    }
  }

  /** Passes a broadcast on if it is new; whether it is for us too. */
  private relayOn(from: PeerConnection, message: Body.Unwrapped, senderKey: string): boolean {
    const verdict = this.cache.offer(message.envelope.time, message.body, 0)
    if (verdict === "Duplicate") {
      this.counters.duplicates++
      return false
    }
    if (verdict !== "New") {
      this.counters.dropped[verdict]++
      from.drop(verdict)
      return false
    }
    // A node's own message that it does not remember has outlived its memory: it ends here.
    if (senderKey === this.identity.idKey) return false
    this.routes.hear(senderKey, from.number)
    // A view leaves in this very turn; what has to wait must not keep its whole chunk alive.
    const frame = this.isAnyBlocked() ? Frame.encode(message.body) : Frame.around(message.body)
    this.forward(new Outgoing(this.compressor, frame), from, senderKey)
    return true
  }

  /** Makes a frame of ours that no equal one of its second has gone before. */
  private unique(payload: Uint8Array, dialect: Dialect): Uint8Array | BroadcastError {
    const sender = this.identity.spelled[dialect]
    const nowSecond = Math.floor(this.clock.currentTimeMillisUnsafe() / 1000)
    let second = nowSecond
    let first = ""
    for (;;) {
      const frame = Envelope.frame(this.hasher, Main.broadcast, sender, second, payload)
      const verdict = this.cache.offer(second, frame, FRAME_LENGTH_BYTES)
      if (verdict === "New") {
        if (second > nowSecond) this.remember(first, second + 1)
        return frame
      }
      if (verdict !== "Duplicate") {
        const detail = `the relay cache says ${verdict}`
        return new BroadcastError({ reason: "CacheFull", detail })
      }
      const key = this.hasher.toKey(frame, FRAME_LENGTH_BYTES, PACKED_AT)
      if (first === "") first = key
      second = Math.max(second + 1, this.leads.get(key) ?? 0)
      if (second > nowSecond + MESSAGE_LEAD_OWN_SECONDS) {
        const detail = `${MESSAGE_LEAD_OWN_SECONDS} equal broadcasts are ahead of the clock`
        return new BroadcastError({ reason: "TooManyEqual", detail })
      }
    }
  }

  private remember(key: string, second: number): void {
    this.leads.delete(key)
    this.leads.set(key, second)
    if (this.leads.size > RECENT_OWN_MAX) {
      const [oldest] = this.leads.keys()
      if (oldest !== undefined) this.leads.delete(oldest)
    }
  }

  private broadcastNow(
    payload: Uint8Array,
    dialect: Dialect
  ): Effect.Effect<Uint8Array, BroadcastError> {
    // The envelope adds the digest, the sender and the time: less than 256 bytes.
    if (payload.length > FRAME_BODY_MAX_BYTES - 256) {
      const detail = `${payload.length} bytes; a frame holds ${FRAME_BODY_MAX_BYTES}`
      return Effect.fail(new BroadcastError({ reason: "TooLarge", detail }))
    }
    const frame = this.unique(payload, dialect)
    if (frame instanceof BroadcastError) return Effect.fail(frame)
    this.counters.broadcastsOut++
    this.forward(new Outgoing(this.compressor, frame), undefined, this.identity.idKey)
    return Effect.succeed(frame.subarray(FRAME_LENGTH_BYTES, PACKED_AT))
  }

  broadcast(payload: Uint8Array, dialect: Dialect): Effect.Effect<Uint8Array, BroadcastError> {
    const wait = this.gate() ?? this.room()
    return wait === undefined
      ? this.broadcastNow(payload, dialect)
      : // All who waited wake at once: each looks again.
        Effect.flatMap(wait, () => this.broadcast(payload, dialect))
  }

  gate(): Effect.Effect<void> | undefined {
    const { actor } = this.cache
    return actor.isRunning() ? undefined : actor.awaitRunning
  }

  /** Holds a producer back while every peer is behind: the fastest sets the pace. */
  room(): Effect.Effect<void> | undefined {
    for (const target of this.targets) if (!target.outbox.isAboveHighWater) return undefined
    return this.targets.length === 0
      ? undefined
      : Effect.raceAllFirst(this.targets.map((target) => target.outbox.awaitRoom))
  }
}
