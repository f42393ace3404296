/**
 * TCP, by Node.
 *
 * @since 0.1.0
 */
import * as Net from "node:net"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Address } from "../domain/Address.ts"
import { PENDING_MAX } from "../domain/Limits.ts"
import { type Listener, type Transport, TransportError } from "../services/Transport.ts"
import * as SocketDuplex from "./SocketDuplex.ts"

const SCHEME = "tcp"

/** An old peer answers no heartbeat: that its machine is gone, only the kernel can find out. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 60_000 }

const connect = (address: Address) => {
  const { host, port } = address
  return Effect.try({
    try: () => {
      const socket = Net.createConnection({ host, port, noDelay: true, ...KEEP_ALIVE })
      // Kept for the socket's life: an error without a listener would end the process.
      socket.on("error", () => undefined)
      return socket
    },
    // Such as a host name with a NUL in it.
    catch: (error) => new TransportError({ reason: "Dial", address, detail: String(error) })
  })
}

const connected = (socket: Net.Socket, address: Address) =>
  Effect.callback<void, TransportError>((resume) => {
    socket.once("connect", () => resume(Effect.void))
    socket.once("error", ({ message: detail }) =>
      resume(Effect.fail(new TransportError({ reason: "Dial", address, detail })))
    )
  })

const dial = Effect.fnUntraced(function* (address: Address) {
  const socket = yield* SocketDuplex.own(connect(address))
  yield* connected(socket, address)
  return SocketDuplex.make(socket, address)
})

/** A server whose connections wait, unread, until they are accepted. */
const serve = Effect.acquireRelease(
  Effect.gen(function* () {
    const waiting = yield* Queue.bounded<Net.Socket>(PENDING_MAX)
    const server = Net.createServer(
      { pauseOnConnect: true, noDelay: true, ...KEEP_ALIVE },
      (socket) => {
        socket.on("error", () => undefined)
        // Nobody accepts as fast as somebody can dial: the last ones have to try again.
        if (Queue.isFullUnsafe(waiting)) socket.destroy()
        else Queue.offerUnsafe(waiting, socket)
      }
    )
    return { server, waiting }
  }),
  ({ server, waiting }) =>
    Effect.gen(function* () {
      server.close()
      for (const socket of yield* Queue.clear(waiting)) socket.destroy()
      yield* Queue.shutdown(waiting)
    })
)

const bind = (server: Net.Server, address: Address) =>
  Effect.callback<Address, TransportError>((resume) => {
    const failed = ({ message: detail }: Error) =>
      resume(Effect.fail(new TransportError({ reason: "Listen", address, detail })))
    server.once("error", failed)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off("error", failed)
      // Such as too many open files: the listener goes on, and accepts again when it can.
      server.on("error", () => undefined)
      const bound = server.address()
      const port = typeof bound === "object" && bound !== null ? bound.port : address.port
      resume(Effect.succeed(new Address({ scheme: SCHEME, host: address.host, port })))
    })
  })

const listen = Effect.fnUntraced(function* (address: Address) {
  const { server, waiting } = yield* serve
  const bound = yield* bind(server, address)
  const accept = Effect.map(SocketDuplex.own(Queue.take(waiting)), (socket) => {
    const host = SocketDuplex.plainHost(socket.remoteAddress ?? "0.0.0.0")
    const remote = new Address({ scheme: SCHEME, host, port: socket.remotePort ?? 0 })
    return SocketDuplex.make(socket, remote)
  })
  const listener: Listener = { address: bound, accept }
  return listener
})

/** TCP: addresses `tcp://host:port`, and 0.7's encryption `Plaintext`. */
export const transport: Transport = { scheme: SCHEME, encryption: "Plaintext", dial, listen }
