/**
 * The upgrade of a socket to a WebSocket, at both ends.
 *
 * @since 0.1.0
 */
import * as Http from "node:http"
import * as Net from "node:net"
import type * as Stream from "node:stream"
import * as Effect from "effect/Effect"
import { WebSocket, WebSocketServer } from "ws"
import { type Address, hostPort } from "../../domain/Address.ts"
import {
  TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS,
  WEBSOCKET_MESSAGE_MAX_BYTES
} from "../../domain/Limits.ts"
import { TransportError } from "../../services/Transport.ts"
import type { Greet } from "./SocketServer.ts"
import type { Upgraded } from "./WebSocketDuplex.ts"

/** What `ws` is to do, at either end. Frames are compressed already, by what the peers agreed on. */
const OPTIONS = { maxPayload: WEBSOCKET_MESSAGE_MAX_BYTES, perMessageDeflate: false }

/** Kept for its life: an error without a listener would end the process. */
const heedErrors = (webSocket: WebSocket): void => {
  webSocket.on("error", () => undefined)
}

/** No resource but the root is asked for. A zone (RFC 4007) is for our own machine only. */
const urlOf = (address: Address): string => `ws://${hostPort(address).replace(/%[^\]]*/, "")}/`

const opened = (webSocket: WebSocket, failed: (detail: string) => TransportError) =>
  Effect.callback<void, TransportError>((resume) => {
    webSocket.once("open", () => {
      webSocket.pause()
      resume(Effect.void)
    })
    // After it has opened, this is told to nobody.
    webSocket.once("error", ({ message }) => resume(Effect.fail(failed(message))))
    return Effect.sync(() => webSocket.terminate())
  })

/** Upgrades a connected socket. Fails with reason `Handshake`; then the socket is of no more use. */
export const request = Effect.fnUntraced(function* (
  socket: Net.Socket,
  address: Address
): Effect.fn.Return<Upgraded, TransportError> {
  const failed = (detail: string) => new TransportError({ reason: "Handshake", address, detail })
  const webSocket = yield* Effect.try({
    try: () => {
      const webSocket = new WebSocket(urlOf(address), {
        ...OPTIONS,
        createConnection: () => socket
      })
      heedErrors(webSocket)
      return webSocket
    },
    // Such as a host that a URL can't have.
    catch: (error) => failed(String(error))
  })
  yield* Effect.timeoutOrElse(opened(webSocket, failed), {
    duration: TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS,
    orElse: () => Effect.fail(failed(`not done within ${TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS} ms`))
  })
  return { webSocket, socket }
})

const UPGRADE_REQUIRED = 426

/** The accepting end: by Node's own HTTP server, which is given its sockets and never listens. */
export const greet = (): Greet<Upgraded> => {
  const under = new WeakMap<Stream.Duplex, (webSocket: WebSocket) => void>()
  const webSockets = new WebSocketServer({ ...OPTIONS, noServer: true, clientTracking: false })
  const server = Http.createServer((_request, response) => {
    response.writeHead(UPGRADE_REQUIRED, { connection: "close", upgrade: "websocket" }).end()
  })
  server.on("upgrade", (request, socket, head) => {
    const ready = under.get(socket)
    if (ready === undefined) socket.destroy()
    else webSockets.handleUpgrade(request, socket, head, ready)
  })
  return (socket, ready) => {
    under.set(socket, (webSocket) => {
      heedErrors(webSocket)
      webSocket.pause()
      ready({ webSocket, socket })
    })
    server.emit("connection", socket)
  }
}
