/**
 * A WebSocket as a duplex: an ordered stream of bytes, however it is cut into messages.
 *
 * @since 0.1.0
 */
import type * as Net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { WebSocket } from "ws"
import type { Address } from "../../domain/Address.ts"
import { LINGER_MILLIS, WEBSOCKET_MESSAGE_MAX_BYTES } from "../../domain/Limits.ts"
import { type Duplex, TransportError } from "../../services/Transport.ts"
import { Inbox } from "./Inbox.ts"
import * as TcpSocket from "./TcpSocket.ts"

/** A WebSocket that is open and paused, and the socket below it, which tells when it has room. */
export interface Upgraded {
  readonly webSocket: WebSocket
  readonly socket: Net.Socket
}

/** RFC 6455, section 7.4.1: the purpose is fulfilled. */
const NORMAL_CLOSURE = 1000

const BINARY = { binary: true, compress: false }

/** How `ws` calls a message beyond the limit that it was given. */
const TOO_LARGE = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH"

/** Over a WebSocket whose errors are heeded, and that somebody owns. */
export class WebSocketDuplex implements Duplex {
  readonly remote: Address
  readonly localHost: string
  readonly pull: Duplex["pull"]
  private readonly webSocket: WebSocket
  private readonly socket: Net.Socket
  private readonly awaitDrain: Effect.Effect<void, TransportError>

  constructor({ socket, webSocket }: Upgraded, remote: Address) {
    const inbox = new Inbox(webSocket)
    this.remote = remote
    this.localHost = TcpSocket.localHostOf(socket)
    this.webSocket = webSocket
    this.socket = socket
    this.pull = inbox.pull
    this.awaitDrain = TcpSocket.awaitEvent(socket, "drain", () => this.writeFailure())
    const onClose = () => inbox.end(this.failure("Closed", "end of stream"))
    // A text is taken for its UTF-8 bytes, which is what there is of it here.
    webSocket.on("message", (message) => {
      if (message instanceof Uint8Array && message.length > 0) inbox.push(message)
    })
    webSocket.on("close", onClose)
    webSocket.on("error", (error) =>
      inbox.end(
        "code" in error && error.code === TOO_LARGE
          ? this.failure("TooLarge", `more than ${WEBSOCKET_MESSAGE_MAX_BYTES} bytes`)
          : this.failure("Read", error.message)
      )
    )
    // It may have been waiting to be accepted.
    if (webSocket.readyState === webSocket.CLOSED) onClose()
    else webSocket.resume()
  }

  write(bytes: Uint8Array): Effect.Effect<void, TransportError> {
    return Effect.suspend(() => {
      const { socket, webSocket } = this
      if (webSocket.readyState !== webSocket.OPEN) return Effect.fail(this.writeFailure())
      for (let at = 0; at < bytes.length; at += WEBSOCKET_MESSAGE_MAX_BYTES) {
        webSocket.send(bytes.subarray(at, at + WEBSOCKET_MESSAGE_MAX_BYTES), BINARY)
      }
      return socket.writableNeedDrain ? this.awaitDrain : Effect.void
    })
  }

  private writeFailure(): TransportError {
    return this.failure("Write", "the WebSocket is closed")
  }

  private failure(reason: TransportError["reason"], detail: string): TransportError {
    return new TransportError({ reason, address: this.remote, detail })
  }
}

/** Says goodbye and waits for its answer, for `LINGER_MILLIS` at most. */
const close = ({ socket, webSocket }: Upgraded): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (webSocket.readyState === webSocket.CLOSED) return resume(Effect.void)
    webSocket.once("close", () => resume(Effect.void))
    // What still comes in is for nobody, and must not keep it open.
    webSocket.removeAllListeners("message")
    webSocket.resume()
    webSocket.close(NORMAL_CLOSURE)
  }).pipe(
    Effect.timeoutOption(LINGER_MILLIS),
    Effect.andThen(
      Effect.sync(() => {
        webSocket.terminate()
        socket.destroy()
      })
    )
  )

/** Owns a WebSocket for as long as the scope lives. */
export const own = <E, R>(
  acquire: Effect.Effect<Upgraded, E, R>
): Effect.Effect<Upgraded, E, R | Scope.Scope> =>
  Effect.acquireRelease(acquire, close, { interruptible: true })
