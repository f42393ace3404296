/**
 * The links of a simulated network: between any two hosts an ordered stream of bytes each way, which is slow,
 * is cut anywhere, stands still, falsifies, falls silent or breaks.
 *
 * What can't get through waits, as it would in a socket's buffers while its segments are sent again, and
 * arrives once it can: a stream loses nothing but by breaking.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Address } from "../../domain/Address.ts"
import type { TransportError } from "../../services/Transport.ts"
import type { Connection, MemoryNetworkOptions, Wire } from "../MemoryTransport.ts"
import { SeededRandom } from "./SeededRandom.ts"
import type { Trace } from "./Trace.ts"
import { EPOCH_MILLIS, type VirtualTime } from "./VirtualTime.ts"

/** How long bytes take, in milliseconds. */
export type Latency =
  | { readonly _tag: "Fixed"; readonly millis: number }
  | { readonly _tag: "Uniform"; readonly minMillis: number; readonly maxMillis: number }
  /** Most are near the median, and a few far above it: how the Internet is. `sigma` of 0.5 is moderate. */
  | { readonly _tag: "LogNormal"; readonly medianMillis: number; readonly sigma: number }

/** The latency of the way from one host to another: the same for all, or by a matrix of distances. */
export type Distances = Latency | ((from: string, to: string) => Latency)

export interface LinkOptions {
  /** 1 to 20 ms, uniform, by default. */
  readonly latency?: Distances | undefined
  /** Bytes a second of each connection and direction; without end by default. */
  readonly bandwidth?: number | undefined
  /** Probability that what is written at once arrives in pieces; 0 by default. */
  readonly cutting?: number | undefined
  /** Is told of each dial, from host to host, whatever comes of it. */
  readonly onDial?: ((from: string, to: string) => void) | undefined
  /** Is told of all that is written to a connection, which it must leave as it is: no part of the trace. */
  readonly onSent?:
    | ((atMillis: number, from: Address, to: Address, bytes: Uint8Array) => void)
    | undefined
}

const DEFAULT_LATENCY: Latency = { _tag: "Uniform", minMillis: 1, maxMillis: 20 }

const draw = (latency: Latency, random: SeededRandom): number => {
  switch (latency._tag) {
    case "Fixed":
      return latency.millis
    case "Uniform":
      return latency.minMillis + random.below(latency.maxMillis - latency.minMillis + 1)
    case "LogNormal":
      return latency.medianMillis * Math.exp(latency.sigma * random.normal())
  }
}

/** Something on its way: a piece of a stream, or (without bytes) its end. */
type Parcel =
  | { readonly bytes: Uint8Array; readonly deliver: (piece: Uint8Array) => void }
  | { readonly bytes: undefined; readonly deliver: () => void }

/** A parcel that was sent and has not arrived. */
interface Sent {
  readonly parcel: Parcel
  /** Whether it is on its way; else it waits until there is one. */
  isUnderWay: boolean
}

/** What hosts do to what passes between them. */
export interface Weather {
  /** Whether nothing gets through from one host to another. */
  readonly isBlocked: (from: string, to: string) => boolean
  /** Probability that a bit of a piece is flipped. */
  readonly flipping: (from: string, to: string) => number
  /** Is told of each bit that was flipped. */
  readonly onFlip: (detail: string) => void
  /** Whether a new connection's way from one host to another falls silent as soon as it is made. */
  readonly isSwallowed: (from: string, to: string) => boolean
  /** Bytes a second that a host reads of each connection; infinity where it keeps up. */
  readonly readingSpeed: (host: string) => number
}

/** Pieces that a write is cut into at most. */
const PIECES_MAX = 8

/** One direction of one connection. */
class Line implements Wire {
  readonly from: Address
  readonly to: Address
  private readonly links: Links
  private readonly random: SeededRandom
  private readonly latency: Latency
  private isBlocked: boolean
  /** Whether nothing will ever get through again, without anybody being told. */
  private isDead = false
  /** Nothing arrives before what was sent earlier; the line is busy until then. */
  private lastArrivalMillis = 0
  private busyUntilMillis = 0
  /** All that was sent and has not arrived, in the order in which it must. */
  private order: Array<Sent> = []

  constructor(links: Links, random: SeededRandom, latency: Latency, from: Address, to: Address) {
    this.links = links
    this.random = random
    this.latency = latency
    this.from = from
    this.to = to
    this.isBlocked = links.weather.isBlocked(from.host, to.host)
  }

  carry(bytes: Uint8Array, arrive: (piece: Uint8Array) => void): void {
    this.links.onSent?.(this.links.elapsedMillis, this.from, this.to, bytes)
    if (this.links.cutting === 0) return this.send({ bytes, deliver: arrive })
    for (const piece of this.cut(bytes)) this.send({ bytes: piece, deliver: arrive })
  }

  end(arrive: () => void, isBroken: boolean): void {
    // What a broken stream has not delivered is lost.
    if (isBroken) this.order = this.order.filter(({ isUnderWay }) => isUnderWay)
    this.send({ bytes: undefined, deliver: arrive })
  }

  /** Falls silent for ever. */
  die(): void {
    this.isDead = true
    this.order = []
  }

  /** Looks at the weather again. */
  look(): void {
    const isBlocked = this.links.weather.isBlocked(this.from.host, this.to.host)
    if (this.isBlocked === isBlocked) return
    this.isBlocked = isBlocked
    if (isBlocked) return
    for (const sent of this.order) if (!sent.isUnderWay) this.post(sent)
  }

  private send(parcel: Parcel): void {
    if (this.isDead) return
    const sent = { parcel, isUnderWay: false }
    this.order.push(sent)
    if (!this.isBlocked) this.post(sent)
  }

  private post(sent: Sent): void {
    sent.isUnderWay = true
    const { nowMillis } = this.links.time
    const speed = Math.min(this.links.bandwidth, this.links.weather.readingSpeed(this.to.host))
    const length = sent.parcel.bytes?.length ?? 0
    this.busyUntilMillis = Math.max(nowMillis, this.busyUntilMillis) + (length * 1000) / speed
    const arrival = Math.max(
      this.lastArrivalMillis,
      this.busyUntilMillis + draw(this.latency, this.random)
    )
    this.lastArrivalMillis = arrival
    this.links.underWay++
    this.links.time.schedule(arrival - nowMillis, () => this.arrive(sent))
  }

  private arrive(sent: Sent): void {
    this.links.underWay--
    if (this.isDead) return
    sent.isUnderWay = false
    // Cut off on its way: it is sent again when there is a way.
    if (this.isBlocked) return
    // One before it was cut off, and is under way again: a stream keeps its order.
    if (this.order[0] !== sent) return this.post(sent)
    this.order.shift()
    const { parcel } = sent
    if (parcel.bytes === undefined) return parcel.deliver()
    this.flip(parcel.bytes)
    this.links.delivered(this.from, this.to, parcel.bytes)
    parcel.deliver(parcel.bytes)
  }

  private flip(bytes: Uint8Array): void {
    const probability = this.links.weather.flipping(this.from.host, this.to.host)
    if (!this.random.chance(probability)) return
    const at = this.random.below(bytes.length)
    const bit = this.random.below(8)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
    this.links.flipped(this.from, this.to, at, bit)
  }

  private cut(bytes: Uint8Array): ReadonlyArray<Uint8Array> {
    if (bytes.length < 2 || !this.random.chance(this.links.cutting)) return [bytes]
    const pieces: Array<Uint8Array> = []
    let at = 0
    for (let i = this.random.below(PIECES_MAX); i > 0 && at < bytes.length - 1; i--) {
      const end = at + 1 + this.random.below(bytes.length - at - 1)
      pieces.push(bytes.subarray(at, end))
      at = end
    }
    pieces.push(bytes.subarray(at))
    return pieces
  }
}

/** A connection and its two lines. */
interface Joined {
  readonly connection: Connection
  readonly lines: ReadonlyArray<Line>
  isSilenced: boolean
}

/** All lines of a network, as it wants them of a `MemoryNetwork`. */
export class Links implements MemoryNetworkOptions {
  readonly time: VirtualTime
  readonly weather: Weather
  readonly bandwidth: number
  readonly cutting: number
  private readonly onDial: LinkOptions["onDial"]
  readonly onSent: LinkOptions["onSent"]
  /** Pieces on their way, and ends of streams; not those that wait until there is a way. */
  underWay = 0
  private readonly seed: number | string
  private readonly trace: Trace
  private readonly latency: Distances
  private readonly joined = new Map<Connection, Joined>()
  /** Lines that were made for the connection that is told of next. */
  private fresh: Array<Line> = []
  private dialling: Array<() => void> = []
  /** A stream of draws for each way between two hosts. */
  private readonly randoms = new Map<string, SeededRandom>()

  constructor(
    time: VirtualTime,
    trace: Trace,
    seed: number | string,
    weather: Weather,
    options: LinkOptions
  ) {
    this.time = time
    this.trace = trace
    this.seed = seed
    this.weather = weather
    this.latency = options.latency ?? DEFAULT_LATENCY
    this.bandwidth = options.bandwidth ?? Number.POSITIVE_INFINITY
    this.cutting = options.cutting ?? 0
    this.onDial = options.onDial
    this.onSent = options.onSent
  }

  /** Connections that are there now, the oldest first. */
  get connections(): ReadonlyArray<Connection> {
    return [...this.joined.keys()]
  }

  /** Those that are half open, and have not been given up by both ends. */
  get silenced(): ReadonlyArray<Connection> {
    return [...this.joined.values()].flatMap(({ connection, isSilenced }) =>
      isSilenced ? [connection] : []
    )
  }

  readonly wire = (from: Address, to: Address): Wire => {
    const line = new Line(this, this.randomFor(from, to), this.latencyOf(from, to), from, to)
    this.fresh.push(line)
    return line
  }

  readonly onConnection = (connection: Connection): (() => void) => {
    const { from, to } = connection
    this.joined.set(connection, { connection, lines: this.fresh, isSilenced: false })
    this.fresh = []
    this.trace.record({ _tag: "Connected", atMillis: this.elapsedMillis, from, to })
    for (const host of [from.host, to.host]) {
      const other = host === from.host ? to.host : from.host
      if (this.weather.isSwallowed(host, other)) this.silence(connection, host)
    }
    return () => {
      this.joined.delete(connection)
      this.trace.record({ _tag: "Disconnected", atMillis: this.elapsedMillis, from, to })
    }
  }

  /** A dial takes the time of its first round trip, and waits while there is no way. */
  readonly reach = (from: Address, to: Address): Effect.Effect<void, TransportError> =>
    Effect.suspend(() => {
      this.onDial?.(from.host, to.host)
      const random = this.randomFor(from, to)
      const there = draw(this.latencyOf(from, to), random)
      const back = draw(this.latencyOf(to, from), random)
      return Effect.andThen(
        this.time.sleep(there + back, (task) => task()),
        this.untilOpen(from.host, to.host)
      )
    })

  private untilOpen(from: string, to: string): Effect.Effect<void> {
    const isOpen = () => !this.weather.isBlocked(from, to) && !this.weather.isBlocked(to, from)
    return Effect.callback((resume) => {
      if (isOpen()) return resume(Effect.void)
      const look = () => {
        if (!isOpen()) return
        this.dialling = this.dialling.filter((other) => other !== look)
        resume(Effect.void)
      }
      this.dialling.push(look)
      return Effect.sync(() => {
        this.dialling = this.dialling.filter((other) => other !== look)
      })
    })
  }

  /** The weather has changed. */
  look(): void {
    for (const { lines } of this.joined.values()) for (const line of lines) line.look()
    for (const look of this.dialling) look()
  }

  /** Has one direction of a connection fall silent. */
  silence(connection: Connection, fromHost: string): void {
    const joined = this.joined.get(connection)
    if (joined === undefined) return
    joined.isSilenced = true
    for (const line of joined.lines) if (line.from.host === fromHost) line.die()
  }

  delivered(from: Address, to: Address, bytes: Uint8Array): void {
    this.trace.record({ _tag: "Delivered", atMillis: this.elapsedMillis, from, to, bytes })
  }

  flipped(from: Address, to: Address, at: number, bit: number): void {
    this.weather.onFlip(`${from.host} > ${to.host}: bit ${bit} of byte ${at}`)
  }

  get elapsedMillis(): number {
    return this.time.nowMillis - EPOCH_MILLIS
  }

  private latencyOf(from: Address, to: Address): Latency {
    return typeof this.latency === "function" ? this.latency(from.host, to.host) : this.latency
  }

  private randomFor(from: Address, to: Address): SeededRandom {
    const key = `link/${from.host}>${to.host}`
    let random = this.randoms.get(key)
    if (random === undefined) {
      random = new SeededRandom(this.seed, key)
      this.randoms.set(key, random)
    }
    return random
  }
}
