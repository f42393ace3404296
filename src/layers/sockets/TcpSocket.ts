/**
 * Sockets of Node.js: how one is dialled, owned, written to and closed. TLS and WebSocket begin with one.
 *
 * @since 0.1.0
 */
import * as Net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Address } from "../../domain/Address.ts"
import { LINGER_MILLIS } from "../../domain/Limits.ts"
import { TransportError } from "../../services/Transport.ts"

/** An old peer answers no heartbeat: that its machine is gone, only the kernel can find out. */
export const OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }

/** Kept on a socket for its life: an error without a listener would end the process. */
export const heedErrors = (socket: Net.Socket): void => {
  socket.on("error", () => undefined)
}

/** Closes a socket once it has sent what was written, or after `LINGER_MILLIS` without mercy. */
const close = (socket: Net.Socket): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (socket.closed) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void))
    // What still comes in must not keep it open.
    socket.resume()
    if (socket.connecting) socket.destroy()
    else socket.destroySoon()
  }).pipe(Effect.timeoutOption(LINGER_MILLIS), Effect.andThen(Effect.sync(() => socket.destroy())))

/** Owns a socket, whose errors are heeded, for as long as the scope lives. */
export const own = <S extends Net.Socket, E>(
  acquire: Effect.Effect<S, E>
): Effect.Effect<S, E, Scope.Scope> =>
  Effect.acquireRelease(acquire, close, { interruptible: true })

/** Waits for an event of a socket, or for its failure. Leaves no listener behind, whatever comes first. */
export const awaitEvent = (
  socket: Net.Socket,
  event: "connect" | "secureConnect" | "drain",
  failed: (detail: string) => TransportError
): Effect.Effect<void, TransportError> =>
  Effect.callback((resume) => {
    const settle = (effect: Effect.Effect<void, TransportError>) => {
      forget()
      resume(effect)
    }
    const onEvent = () => settle(Effect.void)
    const onError = ({ message }: Error) => settle(Effect.fail(failed(message)))
    const onClose = () => settle(Effect.fail(failed("the connection was closed")))
    const forget = () => {
      socket.off(event, onEvent)
      socket.off("error", onError)
      socket.off("close", onClose)
    }
    // A socket that is closed already will not say so again.
    if (socket.destroyed) return resume(Effect.fail(failed("the connection is closed")))
    socket.once(event, onEvent)
    socket.once("error", onError)
    socket.once("close", onClose)
    return Effect.sync(forget)
  })

/** A connected socket. Fails with reason `Dial`. */
export const dial = Effect.fnUntraced(function* (address: Address) {
  const { host, port } = address
  const failed = (detail: string) => new TransportError({ reason: "Dial", address, detail })
  const connect = Effect.try({
    try: () => {
      const socket = Net.createConnection({ host, port, ...OPTIONS })
      heedErrors(socket)
      return socket
    },
    // Such as a host name with a NUL in it.
    catch: (error) => failed(String(error))
  })
  const socket = yield* own(connect)
  yield* awaitEvent(socket, "connect", failed)
  return socket
})

/** An IPv4 address that a dual-stack socket shows in IPv6 form, in its own. */
const plainHost = (host: string): string => (host.startsWith("::ffff:") ? host.slice(7) : host)

/** The host of the other end. */
export const remoteHostOf = (socket: Net.Socket): string =>
  plainHost(socket.remoteAddress ?? "0.0.0.0")

/** The other end of an accepted socket. */
export const remoteOf = (socket: Net.Socket, scheme: string): Address =>
  new Address({
    scheme,
    host: remoteHostOf(socket),
    port: socket.remotePort ?? 0
  })

/** The host of our end. */
export const localHostOf = (socket: Net.Socket): string =>
  plainHost(socket.localAddress ?? "127.0.0.1")
