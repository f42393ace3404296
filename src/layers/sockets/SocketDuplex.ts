/**
 * A Node.js socket, of TCP or of TLS, as a duplex.
 *
 * @since 0.1.0
 */
import type * as Net from "node:net"
import * as Effect from "effect/Effect"
import type { Address } from "../../domain/Address.ts"
import { type Duplex, TransportError } from "../../services/Transport.ts"
import { Inbox } from "./Inbox.ts"
import * as TcpSocket from "./TcpSocket.ts"

/** Over a socket that is connected, whose errors are heeded, and that somebody owns. */
export class SocketDuplex implements Duplex {
  readonly remote: Address
  readonly localHost: string
  readonly pull: Duplex["pull"]
  private readonly socket: Net.Socket
  private readonly awaitDrain: Effect.Effect<void, TransportError>

  constructor(socket: Net.Socket, remote: Address) {
    const inbox = new Inbox(socket)
    this.remote = remote
    this.localHost = TcpSocket.localHostOf(socket)
    this.socket = socket
    this.pull = inbox.pull
    this.awaitDrain = TcpSocket.awaitEvent(socket, "drain", () => this.writeFailure())
    const onEnd = () => inbox.end(this.failure("Closed", "end of stream"))
    socket.on("data", (chunk: Uint8Array) => inbox.push(chunk))
    socket.on("end", onEnd)
    socket.on("close", onEnd)
    socket.on("error", (error) => inbox.end(this.failure("Read", error.message)))
    // It may have been waiting to be accepted.
    if (socket.destroyed) onEnd()
    else socket.resume()
  }

  write(bytes: Uint8Array): Effect.Effect<void, TransportError> {
    return Effect.suspend(() => {
      if (!this.socket.writable) return Effect.fail(this.writeFailure())
      return this.socket.write(bytes) ? Effect.void : this.awaitDrain
    })
  }

  private writeFailure(): TransportError {
    return this.failure("Write", "the socket is closed")
  }

  private failure(reason: TransportError["reason"], detail: string): TransportError {
    return new TransportError({ reason, address: this.remote, detail })
  }
}
