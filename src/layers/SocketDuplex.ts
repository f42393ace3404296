/**
 * A Node.js socket as a duplex.
 *
 * Chunks are taken as the socket emits them, and handed over by the array; while nobody pulls, it is paused
 * once `READ_AHEAD_BYTES` are waiting, so that the sender feels it.
 *
 * @since 0.1.0
 */
import type * as Net from "node:net"
import { isArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Address } from "../domain/Address.ts"
import { LINGER_MILLIS, READ_AHEAD_BYTES } from "../domain/Limits.ts"
import { type Duplex, TransportError } from "../services/Transport.ts"

type Pulled = Effect.Effect<NonEmptyReadonlyArray<Uint8Array>, TransportError>

class SocketDuplex implements Duplex {
  readonly remote: Address
  readonly localHost: string
  private readonly socket: Net.Socket
  private chunks: Array<Uint8Array> = []
  private bytes = 0
  private isPaused = false
  private fault: TransportError | undefined
  private reader: ((pulled: Pulled) => void) | undefined

  constructor(socket: Net.Socket, remote: Address) {
    this.socket = socket
    this.remote = remote
    this.localHost = plainHost(socket.localAddress ?? "127.0.0.1")
    socket.on("data", this.onData)
    socket.on("end", this.onEnd)
    socket.on("close", this.onEnd)
    socket.on("error", this.onError)
    socket.resume()
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
      if (this.socket.writable) return this.socket.write(bytes) ? Effect.void : this.awaitDrain
      return Effect.fail(this.failure("Write", "the socket is closed"))
    })
  }

  private readonly awaitDrain: Effect.Effect<void, TransportError> = Effect.callback((resume) => {
    const { socket } = this
    const drained = () => resume(Effect.void)
    const closed = () => resume(Effect.fail(this.failure("Write", "the socket was closed")))
    socket.once("drain", drained)
    socket.once("close", closed)
    return Effect.sync(() => {
      socket.off("drain", drained)
      socket.off("close", closed)
    })
  })

  private take(): Pulled | undefined {
    const chunks = this.chunks
    if (!isArrayNonEmpty(chunks)) {
      return this.fault === undefined ? undefined : Effect.fail(this.fault)
    }
    this.chunks = []
    this.bytes = 0
    if (this.isPaused) {
      this.isPaused = false
      this.socket.resume()
    }
    return Effect.succeed(chunks)
  }

  private wake(): void {
    const reader = this.reader
    if (reader === undefined) return
    const ready = this.take()
    if (ready === undefined) return
    this.reader = undefined
    reader(ready)
  }

  private readonly onData = (chunk: Uint8Array) => {
    this.chunks.push(chunk)
    this.bytes += chunk.length
    this.wake()
    if (this.bytes >= READ_AHEAD_BYTES && !this.isPaused) {
      this.isPaused = true
      this.socket.pause()
    }
  }

  private readonly onEnd = () => {
    this.fault ??= this.failure("Closed", "end of stream")
    this.wake()
  }

  private readonly onError = (error: Error) => {
    this.fault ??= this.failure("Read", error.message)
    this.wake()
  }

  private failure(reason: TransportError["reason"], detail: string): TransportError {
    return new TransportError({ reason, address: this.remote, detail })
  }
}

/** An IPv4 address that a dual-stack socket shows in IPv6 form, in its own. */
export const plainHost = (host: string): string =>
  host.startsWith("::ffff:") ? host.slice(7) : host

/** Closes a socket once it has sent what was written, or after `LINGER_MILLIS` without mercy. */
const close = (socket: Net.Socket): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (socket.closed) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void))
    // What still comes in must not keep it open.
    socket.resume()
    if (socket.connecting) socket.destroy()
    else socket.destroySoon()
  }).pipe(Effect.timeoutOption(LINGER_MILLIS), Effect.andThen(Effect.sync(() => socket.destroy())))

/** Owns a socket for as long as the scope lives. The socket has a listener for errors from here on. */
export const own = <E>(
  acquire: Effect.Effect<Net.Socket, E>
): Effect.Effect<Net.Socket, E, Scope.Scope> =>
  Effect.acquireRelease(acquire, close, { interruptible: true })

/** The duplex of a socket that is connected. */
export const make = (socket: Net.Socket, remote: Address): Duplex =>
  new SocketDuplex(socket, remote)
