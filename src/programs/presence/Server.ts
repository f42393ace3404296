/**
 * One server, whole: the mesh node, the services over it, and the HTTP server over those, as layers.
 *
 * Layers are taken down in the reverse order, which makes the shutdown: readers are told and requests under way
 * are finished, then the users leave, then the node says goodbye.
 *
 * @since 0.1.0
 */
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import type { Address } from "../../domain/Address.ts"
import * as TcpMeshNode from "../../layers/TcpMeshNode.ts"
import { Mesh } from "../../services/Mesh.ts"
import { Output } from "../cli/Output.ts"
import * as ApiRoutes from "./ApiRoutes.ts"
import { EventFeed } from "./EventFeed.ts"
import { Health } from "./Health.ts"
import { Presence } from "./Presence.ts"
import { DRAIN_MILLIS } from "./PresenceLimits.ts"

export interface ServerOptions {
  /** How users see this server called. */
  readonly name: string
  readonly httpHost: string
  /** 0 is any. */
  readonly httpPort: number
  /** Where other servers reach this one. */
  readonly listen: ReadonlyArray<Address>
  /** Other servers. */
  readonly join: ReadonlyArray<Address>
  readonly subnet: string
  readonly leaseMillis: number
  /** How long it goes on serving while `/health` says that it stops. */
  readonly lameDuckMillis: number
}

/** Takes no new connections once it stops, and holds on to none. */
const httpServer = ({ httpHost: host, httpPort: port }: ServerOptions) =>
  Layer.unwrap(
    Effect.sync(() => {
      const server = createServer()
      const cut = Layer.effectDiscard(
        Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
      )
      const options = { host, port, gracefulShutdownTimeout: DRAIN_MILLIS }
      return cut.pipe(Layer.provideMerge(NodeHttpServer.layer(() => server, options)))
    })
  )

/** The first to stop: health turns bad, and the readers, who would stay for ever, are sent away. */
const drain = ({ lameDuckMillis }: ServerOptions) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const feed = yield* EventFeed
      const health = yield* Health
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          yield* health.stop
          yield* Effect.sleep(lameDuckMillis)
          yield* feed.close
          yield* Effect.timeoutOption(feed.idle, DRAIN_MILLIS)
        })
      )
    })
  )

/** A server, from the socket of its node to that of its HTTP side. */
export const layer = (options: ServerOptions) => {
  const { join, leaseMillis, listen, name, subnet } = options
  const node = TcpMeshNode.layer({ subnets: [subnet], listen, join })
  const presence = Presence.layer({ name, leaseMillis })
  const services = Layer.mergeAll(EventFeed.layer, Health.layer({ joins: join.length > 0 })).pipe(
    Layer.provideMerge(presence),
    Layer.provideMerge(node)
  )
  const http = HttpRouter.serve(ApiRoutes.layer, {
    disableListenLog: true,
    disableLogger: true
  }).pipe(Layer.provideMerge(httpServer(options)))
  return drain(options).pipe(Layer.provideMerge(http), Layer.provideMerge(services))
}

/** Runs a server until it is told to stop, or its node is given up. */
export const run = (options: ServerOptions) =>
  Effect.gen(function* () {
    const mesh = yield* Mesh
    const output = yield* Output
    const { address } = yield* HttpServer.HttpServer
    const { name } = options
    const http = NetAddress.isInetAddress(address)
      ? `http://${options.httpHost}:${address.port}`
      : String(address)
    const listening = mesh.listening.map(String)
    yield* Effect.logInfo(`${name} serves ${http}, its node listens on ${listening.join(", ")}`)
    yield* output.write([JSON.stringify({ event: "listening", name, http, mesh: listening })])
    yield* mesh.failure
  }).pipe(Effect.provide(layer(options)), Effect.ensuring(Effect.logInfo("stopped")))
