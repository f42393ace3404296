/**
 * A bound port, whose connections wait until they are accepted.
 *
 * What a transport has to settle first with whoever connects (a TLS handshake, a WebSocket's upgrade) it
 * settles before: only a connection that is ready waits, and the others are bounded in time and in
 * number.
 *
 * @since 0.1.0
 */
import * as Net from "node:net"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { Address } from "../../domain/Address.ts"
import { firstOfBusiest } from "../../domain/Busiest.ts"
import { hostKey } from "../../domain/HostKey.ts"
import {
  PENDING_MAX,
  TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS,
  TRANSPORT_HANDSHAKES_MAX
} from "../../domain/Limits.ts"
import { TransportError } from "../../services/Transport.ts"
import * as TcpSocket from "./TcpSocket.ts"

/** Makes a connection of a fresh socket; calls back with it, or never. */
export type Greet<A> = (socket: Net.Socket, ready: (connection: A) => void) => void

export interface SocketServerOptions<A> {
  readonly address: Address
  readonly greet: Greet<A>
  /** Destroys a connection that nobody will accept. */
  readonly discard: (connection: A) => void
}

export interface SocketServer<A> {
  /** The address as bound. */
  readonly address: Address
  /** The next connection; the caller's from then on. */
  readonly take: Effect.Effect<A>
}

/** The sockets that are not connections yet. */
class Greeting<A> {
  /** Each with its host. */
  private readonly under = new Map<Net.Socket, string>()
  private readonly greet: Greet<A>
  private readonly offer: (connection: A) => void

  constructor(greet: Greet<A>, offer: (connection: A) => void) {
    this.greet = greet
    this.offer = offer
  }

  readonly begin = (socket: Net.Socket): void => {
    TcpSocket.heedErrors(socket)
    // Who is honest is done in an instant.
    if (this.under.size >= TRANSPORT_HANDSHAKES_MAX) firstOfBusiest(this.under)?.destroy()
    this.under.set(socket, hostKey(TcpSocket.remoteHostOf(socket)))
    // Not the socket's own time limit, which each byte would renew.
    const timer = setTimeout(() => socket.destroy(), TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS)
    const over = () => {
      clearTimeout(timer)
      this.under.delete(socket)
    }
    socket.once("close", over)
    this.greet(socket, (connection) => {
      over()
      this.offer(connection)
    })
  }

  end(): void {
    for (const socket of this.under.keys()) socket.destroy()
  }
}

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
      resume(Effect.succeed(new Address({ ...address, port })))
    })
  })

/** Binds an address for as long as the scope lives. Fails with reason `Listen`. */
export const listen = <A>(
  options: SocketServerOptions<A>
): Effect.Effect<SocketServer<A>, TransportError, Scope.Scope> =>
  Effect.gen(function* () {
    const { address, discard, greet } = options
    const waiting = yield* Effect.acquireRelease(
      Queue.bounded<A>(PENDING_MAX),
      Effect.fnUntraced(function* (queue) {
        for (const connection of yield* Queue.clear(queue)) discard(connection)
        yield* Queue.shutdown(queue)
      })
    )
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => {
        // Nobody accepts as fast as somebody can dial: the last ones have to try again.
        const greeting = new Greeting<A>(greet, (connection) => {
          if (!Queue.offerUnsafe(waiting, connection)) discard(connection)
        })
        return { greeting, net: Net.createServer(TcpSocket.OPTIONS, greeting.begin) }
      }),
      ({ greeting, net }) =>
        Effect.sync(() => {
          net.close()
          greeting.end()
        })
    )
    return { address: yield* bind(server.net, address), take: Queue.take(waiting) }
  })
