/**
 * Connections inside one process: an ordered stream of bytes each way, with latency, back-pressure and
 * chunks cut anywhere, as sockets have them. For tests, and the base of simulations.
 *
 * @since 0.1.0
 */
import { isArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Address, format } from "../domain/Address.ts"
import {
  type Duplex,
  type Listener,
  type Transport,
  TransportError
} from "../services/Transport.ts"

const SCHEME = "memory"

/** Bytes that may be under way in one direction before the writer waits, as in a socket's buffers. */
const WINDOW_BYTES = 1_048_576

/** How a network carries bytes. */
export interface MemoryNetworkOptions {
  /** Runs a task after a delay; of two with the same delay the earlier one first. */
  readonly schedule: (delayMillis: number, task: () => void) => void
  /** Milliseconds that the next chunk takes between two addresses. */
  readonly latencyMillis?: ((from: Address, to: Address) => number) | undefined
  /** Cuts what is written into the chunks that are read. */
  readonly cut?: ((bytes: Uint8Array) => ReadonlyArray<Uint8Array>) | undefined
  /** Is told of each chunk as it arrives. */
  readonly onDelivery?: ((from: Address, to: Address, bytes: Uint8Array) => void) | undefined
}

type Pulled = Effect.Effect<NonEmptyReadonlyArray<Uint8Array>, TransportError>

/** One direction of a connection. */
class Pipe {
  readonly from: Address
  readonly to: Address
  private readonly network: MemoryNetworkOptions
  private chunks: Array<Uint8Array> = []
  private reader: ((pulled: Pulled) => void) | undefined
  private writers: Array<() => void> = []
  /** Bytes written and not pulled yet. */
  private pending = 0
  private isEnded = false
  private isClosed = false

  constructor(network: MemoryNetworkOptions, from: Address, to: Address) {
    this.network = network
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
      if (this.isEnded) return Effect.fail(this.closed("Write"))
      // What was written is the writer's to change again.
      const copy = bytes.slice()
      this.pending += copy.length
      for (const chunk of this.network.cut?.(copy) ?? [copy]) this.carry(() => this.arrive(chunk))
      return this.pending < WINDOW_BYTES ? Effect.void : this.awaitRoom
    })
  }

  /** The end of the stream: what was written before still arrives. */
  end(): void {
    if (this.isEnded) return
    this.isEnded = true
    this.carry(() => {
      this.isClosed = true
      this.wakeReader()
    })
    this.wakeWriters()
  }

  private readonly awaitRoom: Effect.Effect<void, TransportError> = Effect.callback((resume) => {
    const writer = () => resume(this.isEnded ? Effect.fail(this.closed("Write")) : Effect.void)
    this.writers.push(writer)
    return Effect.sync(() => {
      this.writers = this.writers.filter((other) => other !== writer)
    })
  })

  private carry(task: () => void): void {
    const latency = this.network.latencyMillis?.(this.from, this.to) ?? 0
    this.network.schedule(latency, task)
  }

  private arrive(chunk: Uint8Array): void {
    this.network.onDelivery?.(this.from, this.to, chunk)
    this.chunks.push(chunk)
    this.wakeReader()
  }

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
    return this.isClosed ? Effect.fail(this.closed("Closed")) : undefined
  }

  private closed(reason: "Closed" | "Write"): TransportError {
    return new TransportError({ reason, address: this.from, detail: "end of stream" })
  }
}

/** A network: what listens on it can be dialled on it. */
export class MemoryNetwork {
  private readonly options: MemoryNetworkOptions
  private readonly listeners = new Map<string, Queue.Queue<Duplex>>()
  private readonly pipes = new Map<Duplex, readonly [Pipe, Pipe]>()
  private lastPort = 49_151

  constructor(options: MemoryNetworkOptions) {
    this.options = options
  }

  /** The transport of one host: where its connections seem to come from. */
  transport(host: string): Transport {
    return {
      scheme: SCHEME,
      encryption: "Plaintext",
      dial: (address) => this.dial(host, address),
      listen: (address) => this.listen(address)
    }
  }

  private nextPort(): number {
    this.lastPort++
    return this.lastPort
  }

  private dial(host: string, address: Address) {
    return Effect.acquireRelease(
      Effect.suspend(() => {
        const backlog = this.listeners.get(format(address))
        if (backlog === undefined) {
          const detail = "nobody listens there"
          return Effect.fail(new TransportError({ reason: "Dial", address, detail }))
        }
        const local = new Address({ scheme: SCHEME, host, port: this.nextPort() })
        const there = new Pipe(this.options, local, address)
        const back = new Pipe(this.options, address, local)
        const ours = this.duplex(there, back)
        const theirs = this.duplex(back, there)
        // The other side learns of the connection as it would of its first byte.
        const latency = this.options.latencyMillis?.(local, address) ?? 0
        this.options.schedule(latency, () => {
          if (!Queue.offerUnsafe(backlog, theirs)) this.close(theirs)
        })
        return Effect.succeed(ours)
      }),
      (duplex) => Effect.sync(() => this.close(duplex))
    )
  }

  private duplex(out: Pipe, into: Pipe): Duplex {
    const duplex: Duplex = {
      remote: out.to,
      localHost: out.from.host,
      pull: into.pull,
      write: (bytes) => out.write(bytes)
    }
    this.pipes.set(duplex, [out, into])
    return duplex
  }

  private close(duplex: Duplex): void {
    for (const pipe of this.pipes.get(duplex) ?? []) pipe.end()
    this.pipes.delete(duplex)
  }

  private listen(address: Address) {
    return Effect.acquireRelease(
      Effect.gen({ self: this }, function* () {
        const port = address.port === 0 ? this.nextPort() : address.port
        const bound = new Address({ ...address, port })
        const key = format(bound)
        if (this.listeners.has(key)) {
          const detail = "the address is in use"
          return yield* new TransportError({ reason: "Listen", address, detail })
        }
        const backlog = yield* Queue.unbounded<Duplex>()
        this.listeners.set(key, backlog)
        const accept = Effect.acquireRelease(
          Queue.take(backlog),
          (duplex) => Effect.sync(() => this.close(duplex)),
          { interruptible: true }
        )
        const listener: Listener = { address: bound, accept }
        return { listener, key, backlog }
      }),
      ({ backlog, key }) =>
        Effect.gen({ self: this }, function* () {
          this.listeners.delete(key)
          for (const duplex of yield* Queue.clear(backlog)) this.close(duplex)
          yield* Queue.shutdown(backlog)
        })
    ).pipe(Effect.map(({ listener }) => listener))
  }
}

/** A network whose bytes take a turn of the event loop: for tests on the live clock. */
export const live: Effect.Effect<MemoryNetwork> = Effect.withFiber((fiber) => {
  const dispatcher = fiber.currentDispatcher
  return Effect.succeed(
    new MemoryNetwork({ schedule: (_delay, task) => dispatcher.scheduleTask(task, 0) })
  )
})
