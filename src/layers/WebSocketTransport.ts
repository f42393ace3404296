/**
 * WebSocket, plain and over TLS, by the package `ws`.
 *
 * What is written goes out in binary messages. Where one ends means nothing: the frames of a connection are
 * a stream of bytes, as on any other transport.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Address } from "../domain/Address.ts"
import type { Encryption } from "../domain/Ids.ts"
import type { Listener, Transport } from "../services/Transport.ts"
import * as Credentials from "./sockets/Credentials.ts"
import * as SocketServer from "./sockets/SocketServer.ts"
import * as TcpSocket from "./sockets/TcpSocket.ts"
import * as TlsSocket from "./sockets/TlsSocket.ts"
import * as Upgrade from "./sockets/Upgrade.ts"
import * as WebSocketDuplex from "./sockets/WebSocketDuplex.ts"

type Upgraded = WebSocketDuplex.Upgraded

/** What lies below the WebSockets. */
interface Below {
  readonly dial: (address: Address) => ReturnType<typeof TcpSocket.dial>
  readonly greet: Effect.Effect<SocketServer.Greet<Upgraded>>
}

const over = (scheme: Encryption & ("ws" | "wss"), below: Below): Transport => {
  const dial = Effect.fnUntraced(function* (address: Address) {
    const socket = yield* below.dial(address)
    const upgraded = yield* WebSocketDuplex.own(Upgrade.request(socket, address))
    return new WebSocketDuplex.WebSocketDuplex(upgraded, address)
  })
  const listen = Effect.fnUntraced(function* (address: Address) {
    const server = yield* SocketServer.listen<Upgraded>({
      address,
      greet: yield* below.greet,
      discard: ({ webSocket }) => webSocket.terminate()
    })
    const accept = Effect.map(WebSocketDuplex.own(server.take), (upgraded) => {
      const remote = TcpSocket.remoteOf(upgraded.socket, scheme)
      return new WebSocketDuplex.WebSocketDuplex(upgraded, remote)
    })
    const listener: Listener = { address: server.address, accept }
    return listener
  })
  return { scheme, encryption: scheme, dial, listen }
}

/** WebSocket: addresses `ws://host:port`, and 0.7's encryption `ws`. */
export const transport: Transport = over("ws", {
  dial: TcpSocket.dial,
  greet: Effect.sync(Upgrade.greet)
})

/** WebSocket over TLS and its credentials: addresses `wss://host:port`, and 0.7's encryption `wss`. */
export const secureOver = (credentials: Credentials.Credentials): Transport =>
  over("wss", {
    dial: (address) => TlsSocket.dial(address, credentials),
    greet: Effect.map(credentials.server, (options) => {
      const secure = TlsSocket.greet(options)
      const upgrade = Upgrade.greet()
      return (socket, ready) => secure(socket, (secured) => upgrade(secured, ready))
    })
  })

/**
 * WebSocket over TLS, see {@link secureOver}. Fails with `TlsOptionsError`, which names the option that is
 * wrong.
 */
export const makeSecure = (
  options?: Credentials.TlsOptions
): Effect.Effect<Transport, Credentials.TlsOptionsError> =>
  Effect.map(Credentials.make(options), secureOver)
