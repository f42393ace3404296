/**
 * TLS over a socket, at both ends.
 *
 * @since 0.1.0
 */
import type * as Net from "node:net"
import * as Tls from "node:tls"
import * as Effect from "effect/Effect"
import type { Address } from "../../domain/Address.ts"
import { TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS } from "../../domain/Limits.ts"
import { TransportError } from "../../services/Transport.ts"
import type { Credentials } from "./Credentials.ts"
import type { Greet } from "./SocketServer.ts"
import * as TcpSocket from "./TcpSocket.ts"

/** A socket whose handshake is done. Fails with reason `Dial` or `Handshake`. */
export const dial = Effect.fnUntraced(function* (address: Address, credentials: Credentials) {
  const failed = (detail: string) => new TransportError({ reason: "Handshake", address, detail })
  const raw = yield* TcpSocket.dial(address)
  const connect = Effect.try({
    try: () => {
      const socket = Tls.connect({ ...credentials.client(address), socket: raw })
      TcpSocket.heedErrors(socket)
      return socket
    },
    // Such as a host that can't be a server's name.
    catch: (error) => failed(String(error))
  })
  const socket = yield* TcpSocket.own(connect)
  yield* Effect.timeoutOrElse(TcpSocket.awaitEvent(socket, "secureConnect", failed), {
    duration: TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS,
    orElse: () => Effect.fail(failed(`not done within ${TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS} ms`))
  })
  return socket
})

/** What tells the sockets of one listener apart, and stays the same under TLS. */
const endOf = ({ remoteAddress, remotePort }: Net.Socket) => `${remoteAddress} ${remotePort}`

/** The accepting end: by Node's own server, which is given its sockets and never listens. */
export const greet = (options: Tls.TlsOptions): Greet<Tls.TLSSocket> => {
  const under = new Map<string, (socket: Tls.TLSSocket) => void>()
  const server = Tls.createServer(options)
  server.on("secureConnection", (socket) => {
    TcpSocket.heedErrors(socket)
    const ready = under.get(endOf(socket))
    if (ready === undefined) socket.destroy()
    else ready(socket)
  })
  server.on("tlsClientError", (_error, socket) => socket.destroy())
  return (socket, ready) => {
    const end = endOf(socket)
    under.set(end, ready)
    socket.once("close", () => {
      if (under.get(end) === ready) under.delete(end)
    })
    server.emit("connection", socket)
  }
}
