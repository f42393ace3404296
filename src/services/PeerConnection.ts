/**
 * One connection: a reader and a writer, both supervised, over one duplex.
 *
 * What must survive the death of either (the parser, the outbox, the handshake's journal) lies here, so
 * that an actor which starts again goes on at the very next frame, and the peer notices nothing.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Address } from "../domain/Address.ts"
import * as Body from "../domain/Body.ts"
import * as Compression from "../domain/Compression.ts"
import { ConnectionError, type Reason } from "../domain/ConnectionError.ts"
import { type Dialect, OURS } from "../domain/Dialect.ts"
import * as Envelope from "../domain/Envelope.ts"
import { Main } from "../domain/Flags.ts"
import * as Frame from "../domain/Frame.ts"
import * as Handshake from "../domain/HandshakeDecider.ts"
import { isNodeId, type SubnetId } from "../domain/Ids.ts"
import {
  FRAME_BODY_MAX_BYTES,
  FRAME_LENGTH_BYTES,
  HANDSHAKE_BODY_MAX_BYTES
} from "../domain/Limits.ts"
import * as Control from "../domain/messages/ControlMessages.ts"
import * as WireMessage from "../domain/messages/WireMessage.ts"
import * as MessagePack from "../domain/MessagePack.ts"
import { Outgoing } from "../domain/Outgoing.ts"
import type { Versions } from "../domain/ProtocolDefinition.ts"
import * as Refusal from "../domain/RefusalReason.ts"
import { type Asking, Conduct, type Leave } from "./Conduct.ts"
import * as EventSourced from "./EventSourced.ts"
import * as Decoding from "./Decoding.ts"
import type { Host } from "./Hosts.ts"
import { type Kind, Outbox } from "./Outbox.ts"
import type { Peer, Surroundings } from "./Peer.ts"
import type { Duplex, TransportError } from "./Transport.ts"
import { Waiting } from "./Waiting.ts"

export class PeerConnection {
  readonly number: number
  readonly role: Handshake.Role
  readonly address: Address
  readonly outbox: Outbox
  /** Completes with the peer when the handshake is done; interrupted never, see `ended`. */
  readonly opened = Deferred.makeUnsafe<Peer>()
  /** Completes with the reason when the connection is over, whatever it had come to. */
  readonly ended = Deferred.makeUnsafe<ConnectionError>()
  /** The peer, once the connection is open. */
  peer: Peer | undefined
  /** Its id as a key, to compare with a message's sender. */
  peerKey = ""
  /** Methods that the peer may compress with. */
  incomingMethods: ReadonlyArray<Compression.Speakable> = []
  lastHeardMillis: number
  /** Since when the outbox is above its high-water mark, with no write done (see `Heartbeats`). */
  stalled: { readonly writes: number; readonly sinceMillis: number } | undefined
  heartbeatsMissed = 0
  /** When the peer was last sent a list of peers, and when one of its own was last taken in. */
  lastListMillis = 0
  heardListMillis = 0
  /** The protocols that the peer has announced, by name; undefined until it has. */
  protocols: ReadonlyMap<string, Versions> | undefined
  isEnded = false
  /** Whether another connection to the same peer is kept: this one only still takes in what was sent by it. */
  isRetiring = false
  /** When it was made, in Unix milliseconds. */
  readonly sinceMillis: number
  /** What the subnets of this connection are, for the handshake. */
  private readonly subnets: ReadonlyArray<SubnetId>
  private readonly duplex: Duplex
  private readonly surroundings: Surroundings
  /** Its journal is in memory, and the connection's own. */
  readonly handshake = EventSourced.makeLocal(Handshake.HandshakeDecider)
  private readonly parser = new Frame.Parser(HANDSHAKE_BODY_MAX_BYTES)
  /** Chunks that were pulled and not parsed yet. */
  private chunks: Array<Uint8Array> = []
  private outgoingMethod: Compression.Speakable | undefined
  private readonly announced = new Waiting()
  private readonly conduct: Conduct
  /** Times that what had come held the end of a frame. */
  private frameEnds = 0

  constructor(
    number: number,
    role: Handshake.Role,
    subnets: ReadonlyArray<SubnetId>,
    duplex: Duplex,
    surroundings: Surroundings
  ) {
    this.number = number
    this.role = role
    this.subnets = subnets
    this.duplex = duplex
    this.address = duplex.remote
    this.surroundings = surroundings
    this.outbox = new Outbox(surroundings.dispatcher, surroundings.backlog)
    this.sinceMillis = surroundings.nowMillis()
    this.lastHeardMillis = this.sinceMillis
    this.conduct = new Conduct(surroundings.work, surroundings.onRefusal, this.lastHeardMillis)
  }

  /** Says the first word. */
  begin(): void {
    // Before any handshake: whoever hears it first knows that we are no old peer.
    this.send({
      _tag: "Hello",
      software: Control.SOFTWARE,
      version: Control.CONTROL_VERSION,
      minVersion: Control.CONTROL_VERSION_MIN,
      abilities: Control.ABILITIES
    })
    const { id, unasked } = this.surroundings
    const { role, subnets } = this
    this.apply({
      _tag: "Open",
      role,
      id,
      subnets,
      ...(unasked === undefined ? {} : { unasked })
    })
  }

  /** The reader: pulls chunks, and hands on what they hold. Ends with the stream. */
  readonly read: Effect.Effect<void> = Effect.suspend(() => {
    if (this.peer === undefined) this.handshake.recover()
    // What a death has left unparsed comes first, then the stream. No generator: it runs for each chunk.
    return Effect.whileLoop({
      while: () => !this.isEnded,
      body: () => {
        const wait = this.surroundings.gate() ?? this.rest()
        return wait === undefined ? this.pull() : Effect.as(wait, undefined)
      },
      step: (chunks) => {
        if (chunks === undefined) return
        for (const chunk of chunks) this.chunks.push(chunk)
        this.lastHeardMillis = this.surroundings.nowMillis()
      }
    }).pipe(
      Effect.catchTag("TransportError", ({ detail, reason }) =>
        Effect.sync(() => this.end(reason === "Closed" ? "Closed" : "Broken", "Peer", detail))
      )
    )
  })

  private pull(): Effect.Effect<ReadonlyArray<Uint8Array> | undefined, TransportError> {
    this.ingest()
    this.surroundings.receiving.report(this, this.parser.buffered)
    return this.isEnded || this.conduct.isOwing ? Effect.undefined : this.duplex.pull
  }

  /** Waits while more work has come from here than is borne; nobody reads then, and the peer feels it. */
  private rest(): Effect.Effect<void> | undefined {
    if (!this.conduct.isOwing) return undefined
    const millis = this.conduct.restMillis(this.surroundings.nowMillis())
    return millis === 0 ? undefined : Effect.sleep(millis)
  }

  /** The writer: one write for all that has gathered. Ends with the stream. */
  readonly write: Effect.Effect<void> = Effect.suspend(() => {
    // What a writer that died had handed over is with the transport, whoever counts it.
    if (this.outbox.isBlocked) this.outbox.written()
    return Effect.whileLoop({
      while: () => !this.isEnded || this.outbox.hasFrames,
      body: () =>
        // Taking and handing over are one step: a kill in between would lose frames.
        this.outbox.hasFrames ? this.duplex.write(this.outbox.take()) : this.outbox.awaitFrames,
      step: () => this.outbox.written()
    })
  }).pipe(
    Effect.catchTag("TransportError", ({ detail }) =>
      Effect.sync(() => this.end("Broken", "Peer", detail))
    )
  )

  /** Sends a message to this peer, in its dialect. False where the outbox has no room for it. */
  send(message: WireMessage.WireMessage): boolean {
    const dialect = this.dialect
    const payload = Result.flatMap(WireMessage.encode(message, dialect), MessagePack.encode)
    if (Result.isFailure(payload)) return false
    return this.sendPacked(WireMessage.mainFlag(message._tag), payload.success)
  }

  /** Sends an encoded payload (an array) to this peer; in another's name where a spelled id is given. */
  sendPacked(main: number, payload: Uint8Array, sender?: Uint8Array): boolean {
    const { compressor, hasher, nowMillis, spelledId } = this.surroundings
    const seconds = Math.floor(nowMillis() / 1000)
    const spelled = sender ?? spelledId[this.dialect]
    const frame = Envelope.frame(hasher, main, spelled, seconds, payload)
    const outgoing = new Outgoing(compressor, frame)
    return this.offer(outgoing, "Direct")
  }

  /** Passes a broadcast to this peer. False where it was withheld. */
  relay(message: Outgoing): boolean {
    return this.offer(message, "Broadcast")
  }

  private offer(message: Outgoing, kind: Kind): boolean {
    const frame = message.frame(this.outgoingMethod, this.isOld)
    // No peer would take a longer one: compression has made it grow.
    if (frame.length > FRAME_BODY_MAX_BYTES + FRAME_LENGTH_BYTES) return false
    return this.outbox.offer(frame, kind)
  }

  /** The account of the host that it is with. */
  get host(): Host {
    return this.surroundings.host
  }

  /** How this peer wants its texts spelled; ours, until it has spoken. */
  get dialect(): Dialect {
    return this.peer?.dialect ?? OURS
  }

  /** The peer asks for other methods. */
  renegotiate(methods: ReadonlyArray<number>): void {
    this.outgoingMethod = Compression.outgoing(methods)
    this.incomingMethods = Compression.incoming(methods)
  }

  /** Tells the handshake that its time is up. */
  giveUp(afterMillis: number): void {
    this.apply({ _tag: "GiveUp", afterMillis })
  }

  /** Counts an input that was refused; too many of them end the connection. */
  refuse(error: Refusal.RefusedInput): void {
    if (this.conduct.refuse(error, this.isOld)) this.end("Malformed", "Us", error.message)
  }

  /** Refuses a body that is no message, after all that was tried on it. */
  refuseBody(error: Body.BodyError, body: Uint8Array): void {
    this.conduct.work(body.length + Body.inflated, this.surroundings.nowMillis())
    this.refuse(error)
  }

  /** Counts something that was dropped for a reason that is nobody's fault. */
  drop(reason: Refusal.RefusalReason): void {
    this.surroundings.onRefusal(reason)
  }

  /** Books what decompressing a body has cost. */
  hasInflated(body: Uint8Array, isKnown: boolean): void {
    this.conduct.inflated(body.length, Body.inflated, isKnown, this.surroundings.nowMillis())
  }

  /** Whether a message that asks for work is looked at; too many of them end the connection. */
  mayAsk({ bytes, main, payloadStart }: Envelope.Envelope, kind: Asking = "Control"): boolean {
    const nowMillis = this.surroundings.nowMillis()
    const length = bytes.length - payloadStart
    return this.granted(this.conduct.ask(kind, main, length, this.isOld, nowMillis))
  }

  /** Counts a message that nobody here knows. */
  saidUnknown(): void {
    this.granted(this.conduct.unknown(this.isOld, this.surroundings.nowMillis()))
  }

  /** Whether a request that came by here may be answered to the whole network. */
  mayHaveAnswer(): boolean {
    return this.conduct.answer(this.surroundings.nowMillis())
  }

  private granted(leave: Leave): boolean {
    if (leave === "Flooding") this.end("Flooding", "Us", "far more requests than are answered")
    return leave === "Granted"
  }

  /** Whether a frame of the peer's has been on its way for too long. */
  isTrickling(nowMillis: number): boolean {
    return this.conduct.isTrickling(this.frameEnds, this.parser.buffered, nowMillis)
  }

  /** Whether it is not read from for now. */
  get isResting(): boolean {
    return this.conduct.isOwing
  }

  /** Ends the connection, for one reason: the first counts. Says goodbye to who understands it. */
  end(reason: Reason, by: "Us" | "Peer", detail: string): void {
    if (this.isEnded) return
    const goodbye = Control.GoodbyeReason.literals.find((known) => known === reason)
    if (by === "Us" && goodbye !== undefined && !this.isOld && !this.isRetiring) {
      this.send({ _tag: "Goodbye", reason: goodbye, detail: detail.slice(0, 1024) })
    }
    this.isEnded = true
    const refusal = by === "Us" ? Refusal.ofConnection(reason) : undefined
    if (refusal !== undefined) this.drop(refusal)
    const error = new ConnectionError({
      reason,
      by,
      address: this.address,
      peer: this.peer?.id ?? null,
      detail
    })
    Deferred.doneUnsafe(this.ended, Exit.succeed(error))
  }

  /**
   * Makes room for another connection to the same peer. A peer of our kind is told, and what it has sent by then
   * is still taken in: it ends the stream behind it. An old one would not understand.
   */
  retire(detail: string): void {
    if (this.isOld) return this.end("DuplicateConnection", "Us", detail)
    if (this.isEnded || this.isRetiring) return
    this.isRetiring = true
    this.send({ _tag: "Goodbye", reason: "DuplicateConnection", detail })
  }

  /** The peer has told of all its protocols. */
  learnProtocols(protocols: ReadonlyMap<string, Versions>): void {
    this.protocols = protocols
    this.announced.wake()
  }

  /** Waits until it has. */
  get awaitProtocols(): Effect.Effect<void> {
    return this.announced.while(() => this.protocols === undefined)
  }

  /** Whether the peer is of our kind, and can do this. */
  can(ability: string): boolean {
    return this.peer?.abilities.includes(ability) ?? false
  }

  /** The peer has said goodbye. */
  farewell(reason: string, detail: string): void {
    const known = Control.GoodbyeReason.literals.find((goodbye) => goodbye === reason)
    this.end(known ?? "Refused", "Peer", detail)
  }

  private get isOld(): boolean {
    return (this.peer === undefined ? this.handshake.state() : this.peer).kind === "Old"
  }

  /** Parses what has come, and hands each body on. Resumable: a throw loses the frame it met only. */
  private ingest(): void {
    let isWhole = false
    for (;;) {
      const body = this.parser.next()
      if (body !== undefined) {
        if (!isWhole) {
          isWhole = true
          this.frameEnds++
        }
        if (this.peer === undefined) this.meet(body)
        else this.surroundings.receive(this, body)
        if (this.isEnded || this.conduct.isOwing) return
        continue
      }
      const { fault } = this.parser
      if (fault !== undefined) {
        this.drop(fault.reason === "TooLong" ? "FrameTooLong" : "FrameTooShort")
        return this.end("Malformed", "Us", fault.message)
      }
      const chunk = this.chunks.shift()
      if (chunk === undefined) return
      this.parser.push(chunk)
    }
  }

  /** A body that came before the handshake was done. */
  private meet(body: Uint8Array): void {
    const { compressor, hasher } = this.surroundings
    const unwrapped = Body.unwrap(hasher, compressor, [], body, () => false)
    if (Body.isError(unwrapped)) return this.refuseBody(unwrapped, body)
    const { envelope } = unwrapped
    if (!this.mayAsk(envelope)) return
    // Nobody has anything to say to one that it has not met.
    if (envelope.main !== Main.whisper) return this.refuseEarly()
    const message = Decoding.decode(envelope)
    if (Result.isFailure(message)) return this.refuse(message.failure)
    this.hear(message.success, envelope)
  }

  private hear(message: WireMessage.WireMessage, envelope: Envelope.Envelope): void {
    switch (message._tag) {
      case "Hello": {
        const { abilities, minVersion, version } = message
        const from = Envelope.sender(envelope)
        if (!isNodeId(from)) return this.refuse(Envelope.badSender)
        return this.apply({ _tag: "HearHello", from, version, minVersion, abilities })
      }
      case "Handshake": {
        const { _tag: _, ...rest } = message
        return this.apply({ _tag: "HearHandshake", ...rest, dialect: envelope.dialect })
      }
      case "Goodbye": {
        const { detail, reason } = message
        return this.apply({ _tag: "HearGoodbye", reason, detail })
      }
      default:
        return this.refuseEarly()
    }
  }

  private refuseEarly(): void {
    if (!this.conduct.refuseEarly()) return
    this.end("Malformed", "Us", "messages before the handshake")
  }

  private apply(command: Handshake.Command): void {
    const events = this.handshake.dispatch(command, this.surroundings.nowMillis())
    // A command out of place is a message out of place: there is nothing to do for it.
    if (Result.isFailure(events)) return
    for (const event of events.success) this.carryOut(event)
  }

  private carryOut(event: Handshake.Event): void {
    switch (event._tag) {
      case "HandshakeAnswered":
        return this.answer(event)
      case "Completed":
        return this.open(event)
      case "Refused":
        return this.end(event.reason, event.by, event.detail)
    }
  }

  private answer({ dialect, subnet }: typeof Handshake.HandshakeAnswered.Type): void {
    const { endpoint, hasher, id, nowMillis, spelledId } = this.surroundings
    const payload = Result.flatMap(
      WireMessage.encode(
        { _tag: "Handshake", id, subnet, endpoint, methods: Compression.METHODS },
        dialect
      ),
      MessagePack.encode
    )
    if (Result.isFailure(payload)) return
    const seconds = Math.floor(nowMillis() / 1000)
    // Never compressed, whatever was agreed on.
    const frame = Envelope.frame(hasher, Main.whisper, spelledId[dialect], seconds, payload.success)
    this.outbox.offer(frame, "Direct")
  }

  private open(completed: typeof Handshake.Completed.Type): void {
    const { abilities, kind } = this.handshake.state()
    this.renegotiate(completed.methods)
    this.parser.maxBody = FRAME_BODY_MAX_BYTES
    this.peerKey = Envelope.idKey(completed.peer)
    this.peer = {
      id: completed.peer,
      subnet: completed.subnet,
      endpoint: completed.endpoint,
      kind: kind ?? "Old",
      abilities,
      dialect: completed.dialect,
      role: this.role,
      address: this.address
    }
    Deferred.doneUnsafe(this.opened, Exit.succeed(this.peer))
  }
}
