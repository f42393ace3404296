/**
 * TCP, by Node.
 *
 * @since 0.1.0
 */
import * as Net from "node:net"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Socket from "effect/socket/Socket"
import { Address } from "../domain/Address.ts"
import { LINGER_MILLIS } from "../domain/Limits.ts"
import { type Duplex, type Listener, type Transport, TransportError } from "../services/Transport.ts"

const SCHEME = "tcp"

/** Reads and writes of an open socket as a duplex. */
const toDuplex = Effect.fnUntraced(function* (
  socket: Socket.Socket,
  net: () => Net.Socket | undefined,
  fallback: Address
) {
  const failure = (reason: TransportError["reason"], address: Address) => (error: Socket.SocketError) =>
    error.reason._tag === "SocketCloseError"
      ? new TransportError({ reason: "Closed", address, detail: "end of stream" })
      : new TransportError({ reason, address, detail: describe(error) })
  const pull = yield* Effect.mapError(Socket.readerBytes(socket), failure("Dial", fallback))
  const writer = yield* socket.writer
  const conn = net()
  const remote =
    conn?.remoteAddress === undefined || conn.remotePort === undefined
      ? fallback
      : new Address({ scheme: SCHEME, host: plainHost(conn.remoteAddress), port: conn.remotePort })
  const duplex: Duplex = {
    remote: fallback.port === 0 ? remote : fallback,
    localHost: plainHost(conn?.localAddress ?? "127.0.0.1"),
    pull: Effect.mapError(pull, failure("Read", remote)),
    write: (bytes) => Effect.mapError(writer.write(bytes), failure("Write", remote))
  }
  return duplex
})

/** Where an accepted connection comes from, until its socket tells. */
const UNKNOWN = new Address({ scheme: SCHEME, host: "0.0.0.0", port: 0 })

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
    Effect.sync(() => Net.createConnection({ host: address.host, port: address.port, noDelay: true })),
    close
  ).pipe(
    Effect.flatMap((conn) =>
      Effect.callback<Net.Socket, Socket.SocketError>((resume) => {
        conn.once("connect", () => resume(Effect.succeed(conn)))
        // Kept for the socket's life: an error without a listener would end the process.
        conn.on("error", (cause) => {
          const reason = new Socket.SocketOpenError({ kind: "Unknown", cause })
          resume(Effect.fail(new Socket.SocketError({ reason })))
        })
      })
    )
  )

const dial = Effect.fnUntraced(function* (address: Address) {
  let conn: Net.Socket | undefined
  const opened = Effect.tap(open(address), (socket) =>
    Effect.sync(() => {
      conn = socket
    })
  )
  const socket = yield* NodeSocket.fromDuplex(opened)
  return yield* toDuplex(socket, () => conn, address)
})

const listen = Effect.fnUntraced(function* (address: Address) {
  const server = yield* NodeSocketServer.make({
    host: address.host,
    port: address.port,
    noDelay: true
  }).pipe(
    Effect.mapError(({ reason }) => {
      const detail = reason.cause instanceof Error ? reason.cause.message : String(reason.cause)
      return new TransportError({ reason: "Listen", address, detail })
    })
  )
  const port = server.address._tag === "UnixPathAddress" ? address.port : server.address.port
  const bound = new Address({ scheme: SCHEME, host: address.host, port })
  const accept: Listener["accept"] = (handler) =>
    server
      .run((socket) =>
        Effect.gen(function* () {
          // The server provides it, but its type does not say so.
          const conn = Option.getOrUndefined(yield* Effect.serviceOption(NodeSocket.NetSocket))
          if (conn !== undefined) yield* Effect.addFinalizer(() => close(conn))
          yield* handler(yield* toDuplex(socket, () => conn, UNKNOWN))
          // A socket that broke before it could be handled is nobody's loss.
        }).pipe(Effect.scoped, Effect.ignore)
      )
      .pipe(
        Effect.mapError(
          (error) => new TransportError({ reason: "Listen", address, detail: error.message })
        )
      )
  const listener: Listener = { address: bound, accept }
  return listener
})

/** TCP: addresses `tcp://host:port`, and 0.7's encryption `Plaintext`. */
export const transport: Transport = { scheme: SCHEME, encryption: "Plaintext", dial, listen }
