/**
 * TCP, by Node.
 *
 * @since 0.1.0
 */
import type * as Net from "node:net"
import * as Effect from "effect/Effect"
import type { Address } from "../domain/Address.ts"
import type { Listener, Transport } from "../services/Transport.ts"
import { SocketDuplex } from "./sockets/SocketDuplex.ts"
import * as SocketServer from "./sockets/SocketServer.ts"
import * as TcpSocket from "./sockets/TcpSocket.ts"

const SCHEME = "tcp"

const dial = (address: Address) =>
  Effect.map(TcpSocket.dial(address), (socket) => new SocketDuplex(socket, address))

const listen = Effect.fnUntraced(function* (address: Address) {
  const server = yield* SocketServer.listen<Net.Socket>({
    address,
    greet: (socket, ready) => ready(socket),
    discard: (socket) => socket.destroy()
  })
  const accept = Effect.map(
    TcpSocket.own(server.take),
    (socket) => new SocketDuplex(socket, TcpSocket.remoteOf(socket, SCHEME))
  )
  const listener: Listener = { address: server.address, accept }
  return listener
})

/** TCP: addresses `tcp://host:port`, and 0.7's encryption `Plaintext`. */
export const transport: Transport = { scheme: SCHEME, encryption: "Plaintext", dial, listen }
