/**
 * Node's HTTP server, and how it is closed without a loss: no new connections, the requests under way are
 * finished, and what is left is cut.
 *
 * A server that is only closed waits for every connection, also for those that were opened in advance and never
 * used, or that send their request a byte at a time.
 *
 * @since 0.1.0
 */
import { createServer, type ServerResponse } from "node:http"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import { DRAIN_MILLIS } from "./PresenceLimits.ts"

/** A server that does not listen yet, and how to close it: done within `DRAIN_MILLIS`. */
export const make = () => {
  const server = createServer()
  const underWay = new Set<ServerResponse>()
  const none = Latch.makeUnsafe(true)
  server.on("request", (_, response) => {
    underWay.add(response)
    none.closeUnsafe()
    response.once("close", () => {
      underWay.delete(response)
      if (underWay.size === 0) none.openUnsafe()
    })
  })
  const close = Effect.gen(function* () {
    server.close()
    yield* Effect.timeoutOption(none.await, DRAIN_MILLIS)
    server.closeAllConnections()
  })
  return { server, close }
}
