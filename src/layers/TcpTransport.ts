/**
 * TCP, by Node.
 *
 * @since 0.1.0
 */
import * as Net from "node:net"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Socket from "effect/socket/Socket"
import { Address } from "../domain/Address.ts"
import { LINGER_MILLIS, PENDING_MAX } from "../domain/Limits.ts"
import { type Duplex, type Listener, type Transport, TransportError } from "../services/Transport.ts"

const SCHEME = "tcp"

/** Reads and writes of an open socket as a duplex. */
const toDuplex = Effect.fnUntraced(function* (conn: Net.Socket, remote: Address) {
  const failure = (reason: TransportError["reason"]) => (error: Socket.SocketError) =>
    error.reason._tag === "SocketCloseError"
      ? new TransportError({ reason: "Closed", address: remote, detail: "end of stream" })
      : new TransportError({ reason, address: remote, detail: describe(error) })
  const socket = yield* NodeSocket.fromDuplex(Effect.succeed(conn))
  const pull = yield* Effect.mapError(Socket.readerBytes(socket), failure("Read"))
  const writer = yield* socket.writer
  const duplex: Duplex = {
    remote,
    localHost: plainHost(conn.localAddress ?? "127.0.0.1"),
    pull: Effect.mapError(pull, failure("Read")),
    write: (bytes) => Effect.mapError(writer.write(bytes), failure("Write"))
  }
  return duplex
})

/** An IPv4 address that a dual-stack socket shows in IPv6 form, in its own. */
const plainHost = (host: string): string => (host.startsWith("::ffff:") ? host.slice(7) : host)

const describe = (error: Socket.SocketError): string =>
  "cause" in error.reason && error.reason.cause instanceof Error
    ? error.reason.cause.message
    : error.message

/** Closes a socket once it has sent what was written, or after `LINGER_MILLIS` without mercy. */
const close = (conn: Net.Socket): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (conn.closed) return resume(Effect.void)
    conn.once("close", () => resume(Effect.void))
    if (conn.connecting) conn.destroy()
    else conn.destroySoon()
  }).pipe(
    Effect.timeoutOption(LINGER_MILLIS),
    Effect.andThen(Effect.sync(() => conn.destroy()))
  )

const open = (address: Address) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const conn = Net.createConnection({ host: address.host, port: address.port, noDelay: true })
      // Kept for the socket's life: an error without a listener would end the process.
      conn.on("error", () => undefined)
      return conn
    }),
    close
  ).pipe(
    Effect.tap((conn) =>
      Effect.callback<void, TransportError>((resume) => {
        conn.once("connect", () => resume(Effect.void))
        conn.once("error", ({ message: detail }) =>
          resume(Effect.fail(new TransportError({ reason: "Dial", address, detail })))
        )
      })
    )
  )

const dial = Effect.fnUntraced(function* (address: Address) {
  const conn = yield* open(address)
  return yield* toDuplex(conn, address)
})

/** A server whose connections wait, unread, until they are accepted. */
const serve = Effect.acquireRelease(
  Effect.gen(function* () {
    const waiting = yield* Queue.bounded<Net.Socket>(PENDING_MAX)
    const server = Net.createServer({ pauseOnConnect: true, noDelay: true }, (conn) => {
      conn.on("error", () => conn.destroy())
      // Nobody accepts as fast as somebody can dial: the last ones have to try again.
      if (Queue.isFullUnsafe(waiting)) conn.destroy()
      else Queue.offerUnsafe(waiting, conn)
    })
    return { server, waiting }
  }),
  ({ server, waiting }) =>
    Effect.gen(function* () {
      server.close()
      for (const conn of yield* Queue.clear(waiting)) conn.destroy()
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
  const next = Effect.acquireRelease(Queue.take(waiting), close, { interruptible: true })
  const accept = Effect.flatMap(next, (conn) => {
    const host = plainHost(conn.remoteAddress ?? "0.0.0.0")
    return toDuplex(conn, new Address({ scheme: SCHEME, host, port: conn.remotePort ?? 0 }))
  })
  const listener: Listener = { address: bound, accept }
  return listener
})

/** TCP: addresses `tcp://host:port`, and 0.7's encryption `Plaintext`. */
export const transport: Transport = { scheme: SCHEME, encryption: "Plaintext", dial, listen }
