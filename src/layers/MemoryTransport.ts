/**
 * Connections inside one process: an ordered stream of bytes each way, with back-pressure, as sockets have
 * them. What happens to the bytes in between is a wire's affair: at its simplest they take a turn of the
 * event loop; in a simulation they are late, held up, cut, falsified, or lost with the connection.
 *
 * @since 0.1.0
 */
import { isArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Address, format } from "../domain/Address.ts"
import * as Bytes from "../domain/Bytes.ts"
import {
  type Duplex,
  type Listener,
  type Transport,
  TransportError
} from "../services/Transport.ts"

const SCHEME = "memory"

/** Bytes that may be under way in one direction before the writer waits, as in a socket's buffers. */
const WINDOW_BYTES = 1_048_576

/** One direction of one connection, as a network carries it. */
export interface Wire {
  /** Takes what was written, and hands it over in pieces: now or later, in order, or never. */
  readonly carry: (bytes: Uint8Array, arrive: (piece: Uint8Array) => void) => void
  /** Takes the end of the stream, which arrives behind all that was written; `isBroken` where it broke off. */
  readonly end: (arrive: () => void, isBroken: boolean) => void
}

/** A connection between two addresses, as the network sees it. */
export interface Connection {
  readonly from: Address
  readonly to: Address
  /** Breaks it: both ends are told at once, and what was under way is lost. */
  readonly reset: () => void
}

/** How a network carries bytes. */
export interface MemoryNetworkOptions {
  readonly wire: (from: Address, to: Address) => Wire
  /** Waits until a dial has got through, or fails where it does not; at once by default. */
  readonly reach?: ((from: Address, to: Address) => Effect.Effect<void, TransportError>) | undefined
  /** Is told of each connection as it is dialled, and what it returns when both ends have closed. */
  readonly onConnection?: ((connection: Connection) => () => void) | undefined
}

type Pulled = Effect.Effect<NonEmptyReadonlyArray<Uint8Array>, TransportError>

/** One direction of a connection. */
class Pipe {
  readonly from: Address
  readonly to: Address
  private readonly wire: Wire
  private chunks: Array<Uint8Array> = []
  private reader: ((pulled: Pulled) => void) | undefined
  private writers: Array<() => void> = []
  /** Bytes written and not pulled yet. */
  private pending = 0
  /** Whether the writer is done. */
  private isEnded = false
  /** What the reader is told once it has read all. */
  private fault: TransportError | undefined

  constructor(wire: Wire, from: Address, to: Address) {
    this.wire = wire
    this.from = from
    this.to = to
  }

  readonly pull: Pulled = Effect.callback((resume) => {
    const ready = this.take()
    if (ready !== undefined) return resume(ready)
    this.reader = resume
    return Effect.sync(() => {
      this.reader = undefined
    })
  })

  write(bytes: Uint8Array): Effect.Effect<void, TransportError> {
    return Effect.suspend(() => {
      if (this.isEnded) return Effect.fail(this.failure("Write", "end of stream"))
      this.pending += bytes.length
      // What was written is the writer's to change again.
      this.wire.carry(Bytes.copy(bytes), this.arrive)
      return this.pending < WINDOW_BYTES ? Effect.void : this.awaitRoom
    })
  }

  private readonly arrive = (piece: Uint8Array): void => {
    if (this.fault !== undefined) return
    this.chunks.push(piece)
    this.wakeReader()
  }

  /** The end of the stream: what was written before still arrives. */
  end(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.wire.end(() => this.close(this.failure("Closed", "end of stream")), false)
    this.wakeWriters()
  }

  /** The writer is gone without a word; the reader is told as soon as the wire brings it. */
  breakOff(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.wire.end(() => this.reset(), true)
    this.wakeWriters()
  }

  /** The stream is broken at both its ends: what has not been read is lost. */
  reset(): void {
    this.isEnded = true
    this.chunks = []
    this.close(this.failure("Read", "connection reset"))
    this.wakeWriters()
  }

  private close(fault: TransportError): void {
    this.fault ??= fault
    this.wakeReader()
  }

  private readonly awaitRoom: Effect.Effect<void, TransportError> = Effect.callback((resume) => {
    const writer = () =>
      resume(this.isEnded ? Effect.fail(this.failure("Write", "end of stream")) : Effect.void)
    this.writers.push(writer)
    return Effect.sync(() => {
      this.writers = this.writers.filter((other) => other !== writer)
    })
  })

  private wakeReader(): void {
    const reader = this.reader
    if (reader === undefined) return
    const ready = this.take()
    if (ready === undefined) return
    this.reader = undefined
    reader(ready)
  }

  private wakeWriters(): void {
    const writers = this.writers
    this.writers = []
    for (const writer of writers) writer()
  }

  private take(): Pulled | undefined {
    const chunks = this.chunks
    if (isArrayNonEmpty(chunks)) {
      this.chunks = []
      for (const chunk of chunks) this.pending -= chunk.length
      if (this.pending < WINDOW_BYTES) this.wakeWriters()
      return Effect.succeed(chunks)
    }
    return this.fault === undefined ? undefined : Effect.fail(this.fault)
  }

  private failure(reason: "Closed" | "Read" | "Write", detail: string): TransportError {
    return new TransportError({ reason, address: this.from, detail })
  }
}

/** One end of a connection. */
class End implements Duplex {
  readonly remote: Address
  readonly localHost: string
  readonly pull: Pulled
  readonly out: Pipe
  readonly into: Pipe
  private readonly onClose: () => void

  constructor(out: Pipe, into: Pipe, onClose: () => void) {
    this.remote = out.to
    this.localHost = out.from.host
    this.pull = into.pull
    this.out = out
    this.into = into
    this.onClose = onClose
  }

  write(bytes: Uint8Array) {
    return this.out.write(bytes)
  }

  close(): void {
    this.out.end()
    this.into.end()
    this.onClose()
  }

  breakOff(): void {
    this.out.breakOff()
    this.into.reset()
    this.onClose()
  }
}

/** The ports that a host gives to who wants any: those that RFC 6335 (section 6) calls dynamic. */
const PORT_FIRST = 49_152
const PORT_LAST = 65_535

/** The dynamic ports of one host. */
class Ports {
  private readonly used = new Set<number>()
  private next = PORT_FIRST

  /** One that nobody has; undefined where there is none. */
  take(): number | undefined {
    if (this.used.size > PORT_LAST - PORT_FIRST) return undefined
    while (this.used.has(this.next)) this.advance()
    const port = this.next
    this.used.add(port)
    this.advance()
    return port
  }

  give(port: number): void {
    this.used.delete(port)
  }

  /** The one that was given back last is not the next one, as on a real host. */
  private advance(): void {
    this.next = this.next === PORT_LAST ? PORT_FIRST : this.next + 1
  }
}

/** One host of a network: what it does there, and how it vanishes from it. */
export interface Host {
  readonly transport: Transport
  /** Takes it off the network at once: nothing of it is heard any more, and its addresses are free. */
  readonly unplug: () => void
}

/** A network: what listens on it can be dialled on it. */
export class MemoryNetwork {
  private readonly options: MemoryNetworkOptions
  private readonly listeners = new Map<string, Queue.Queue<End>>()
  private readonly ports = new Map<string, Ports>()

  constructor(options: MemoryNetworkOptions) {
    this.options = options
  }

  /** The transport of one host: where its connections seem to come from. */
  transport(host: string): Transport {
    return this.host(host).transport
  }

  /** A host that can be unplugged. */
  host(name: string): Host {
    const ends = new Set<End>()
    const bound = new Set<string>()
    let isPlugged = true
    const own = (end: End) => {
      ends.add(end)
      return end
    }
    const release = (end: End) =>
      Effect.sync(() => {
        ends.delete(end)
        end.close()
      })
    const unplugged = (reason: "Dial" | "Listen", address: Address) =>
      new TransportError({ reason, address, detail: "the host is off the network" })
    return {
      transport: {
        scheme: SCHEME,
        encryption: "Plaintext",
        dial: (address) =>
          Effect.acquireRelease(
            Effect.suspend(() =>
              isPlugged
                ? Effect.map(this.dial(name, address), own)
                : Effect.fail(unplugged("Dial", address))
            ),
            release,
            { interruptible: true }
          ),
        listen: (address) =>
          Effect.suspend(() =>
            isPlugged
              ? this.listen(address, bound, own, release)
              : Effect.fail(unplugged("Listen", address))
          )
      },
      unplug: () => {
        isPlugged = false
        for (const key of bound) this.listeners.delete(key)
        for (const end of ends) end.breakOff()
        ends.clear()
      }
    }
  }

  private portsOf(host: string): Ports {
    const known = this.ports.get(host)
    if (known !== undefined) return known
    const ports = new Ports()
    this.ports.set(host, ports)
    return ports
  }

  private dial(host: string, address: Address): Effect.Effect<End, TransportError> {
    const ports = this.portsOf(host)
    const port = ports.take()
    const fail = (detail: string) =>
      Effect.fail(new TransportError({ reason: "Dial", address, detail }))
    if (port === undefined) return fail("all ports are in use")
    const local = new Address({ scheme: SCHEME, host, port })
    const reached = this.options.reach?.(local, address) ?? Effect.void
    const dialled = Effect.suspend((): Effect.Effect<End, TransportError> => {
      const backlog = this.listeners.get(format(address))
      if (backlog === undefined) return fail("nobody listens there")
      const there = new Pipe(this.options.wire(local, address), local, address)
      const back = new Pipe(this.options.wire(address, local), address, local)
      const reset = () => {
        there.reset()
        back.reset()
      }
      const over = this.options.onConnection?.({ from: local, to: address, reset })
      let closed = 0
      const onClose = () => {
        closed++
        if (closed !== 2) return
        ports.give(port)
        over?.()
      }
      Queue.offerUnsafe(backlog, new End(back, there, onClose))
      return Effect.succeed(new End(there, back, onClose))
    })
    const give = Effect.sync(() => ports.give(port))
    return Effect.onError(Effect.andThen(reached, dialled), () => give)
  }

  private listen(
    address: Address,
    bound: Set<string>,
    own: (end: End) => End,
    release: (end: End) => Effect.Effect<void>
  ) {
    return Effect.acquireRelease(
      Effect.gen({ self: this }, function* () {
        const ports = this.portsOf(address.host)
        const given = address.port === 0 ? ports.take() : undefined
        const port = given ?? address.port
        if (port === 0) {
          const detail = "all ports are in use"
          return yield* new TransportError({ reason: "Listen", address, detail })
        }
        const local = new Address({ ...address, port })
        const key = format(local)
        if (this.listeners.has(key)) {
          const detail = "the address is in use"
          return yield* new TransportError({ reason: "Listen", address, detail })
        }
        const backlog = yield* Queue.unbounded<End>()
        this.listeners.set(key, backlog)
        bound.add(key)
        const accept = Effect.acquireRelease(Effect.map(Queue.take(backlog), own), release, {
          interruptible: true
        })
        const listener: Listener = { address: local, accept }
        const give = () => given !== undefined && ports.give(given)
        return { listener, key, backlog, give }
      }),
      ({ backlog, give, key }) =>
        Effect.suspend(() => {
          give()
          // Unless somebody else has bound it meanwhile.
          if (this.listeners.get(key) === backlog) this.listeners.delete(key)
          bound.delete(key)
          return Effect.andThen(
            Effect.map(Queue.clear(backlog), (waiting) => {
              for (const end of waiting) end.close()
            }),
            Queue.shutdown(backlog)
          )
        })
    ).pipe(Effect.map(({ listener }) => listener))
  }
}

/** A network whose bytes take a turn of the event loop: for tests on the live clock. */
export const live: Effect.Effect<MemoryNetwork> = Effect.withFiber((fiber) => {
  const dispatcher = fiber.currentDispatcher
  const wire: Wire = {
    carry: (bytes, arrive) => dispatcher.scheduleTask(() => arrive(bytes), 0),
    end: (arrive) => dispatcher.scheduleTask(arrive, 0)
  }
  return Effect.succeed(new MemoryNetwork({ wire: () => wire }))
})
