/**
 * TLS, by Node.
 *
 * Without options it encrypts and authenticates nobody, as 0.7 did: see {@link TlsOptions}.
 *
 * @since 0.1.0
 */
import type * as Tls from "node:tls"
import * as Effect from "effect/Effect"
import type { Address } from "../domain/Address.ts"
import type { Listener, Transport } from "../services/Transport.ts"
import * as Credentials from "./sockets/Credentials.ts"
import { SocketDuplex } from "./sockets/SocketDuplex.ts"
import * as SocketServer from "./sockets/SocketServer.ts"
import * as TcpSocket from "./sockets/TcpSocket.ts"
import * as TlsSocket from "./sockets/TlsSocket.ts"

export { type TlsOptions, TlsOptionsError } from "./sockets/Credentials.ts"

const SCHEME = "tls"

/** TLS over credentials: addresses `tls://host:port`, and 0.7's encryption `SSL`. */
export const over = (credentials: Credentials.Credentials): Transport => {
  const dial = (address: Address) =>
    Effect.map(TlsSocket.dial(address, credentials), (socket) => new SocketDuplex(socket, address))
  const listen = Effect.fnUntraced(function* (address: Address) {
    const server = yield* SocketServer.listen<Tls.TLSSocket>({
      address,
      greet: TlsSocket.greet(yield* credentials.server),
      discard: (socket) => socket.destroy()
    })
    const accept = Effect.map(
      TcpSocket.own(server.take),
      (socket) => new SocketDuplex(socket, TcpSocket.remoteOf(socket, SCHEME))
    )
    const listener: Listener = { address: server.address, accept }
    return listener
  })
  return { scheme: SCHEME, encryption: "SSL", dial, listen }
}

/** The transport. Fails with `TlsOptionsError`, which names the option that is wrong. */
export const make = (
  options?: Credentials.TlsOptions
): Effect.Effect<Transport, Credentials.TlsOptionsError> =>
  Effect.map(Credentials.make(options), over)
