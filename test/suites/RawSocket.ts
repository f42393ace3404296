// A bare TCP client: what a peer may do that no transport of ours does.

import * as Net from "node:net"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Address } from "../../src/domain/Address.ts"

export interface RawSocket {
  readonly write: (bytes: Uint8Array | string) => void
  /** All that it was sent, once the other end has closed it. */
  readonly closed: Effect.Effect<string>
  readonly isClosed: () => boolean
}

/** Connects, from an address of this machine where one is given. */
export const connect = Effect.fnUntraced(function* (
  { host, port }: Address,
  localAddress?: string
) {
  const closed = Deferred.makeUnsafe<string>()
  let received = ""
  const socket = yield* Effect.acquireRelease(
    Effect.callback<Net.Socket>((resume) => {
      const socket = Net.connect({ host, port, localAddress }, () => resume(Effect.succeed(socket)))
      socket.on("error", () => undefined)
      socket.on("data", (chunk) => (received += chunk.toString("latin1")))
      socket.on("close", () => Deferred.doneUnsafe(closed, Effect.succeed(received)))
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
  const raw: RawSocket = {
    write: (bytes) => {
      socket.write(bytes)
    },
    closed: Deferred.await(closed),
    isClosed: () => socket.closed
  }
  return raw
})

/** A server that accepts and says nothing; gives its port. */
export const silentServer = Effect.gen(function* () {
  const server = yield* Effect.acquireRelease(
    Effect.callback<Net.Server>((resume) => {
      const server = Net.createServer((socket) => socket.on("error", () => undefined))
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )
  const bound = server.address()
  return typeof bound === "object" && bound !== null ? bound.port : 0
})
