/**
 * One server, whole: the mesh node, the services over it, and the HTTP server over those, as layers.
 *
 * Layers are taken down in the reverse order, which makes the shutdown: readers are told and requests under way
 * are finished, then the users leave, then the node says goodbye.
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as NetAddress from "effect/net/NetAddress"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import type { Address } from "../../domain/Address.ts"
import * as NodeMeshNode from "../../layers/NodeMeshNode.ts"
import { Mesh } from "../../services/Mesh.ts"
import { Output } from "../cli/Output.ts"
import * as ApiRoutes from "./ApiRoutes.ts"
import * as Door from "./Door.ts"
import { EventFeed } from "./EventFeed.ts"
import { Health } from "./Health.ts"
import { Presence } from "./Presence.ts"

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

/**
 * The first to stop: health turns bad, the readers, who would stay for ever, are sent away, and the requests
 * under way are finished.
 */
const drain = ({ lameDuckMillis }: ServerOptions, closeDoor: Effect.Effect<void>) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const feed = yield* EventFeed
      const health = yield* Health
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          yield* health.stop
          yield* Effect.sleep(lameDuckMillis)
          yield* feed.close
          yield* closeDoor
        })
      )
    })
  )

/** The HTTP side, over the services that it answers with. */
const http = (options: ServerOptions) =>
  Layer.unwrap(
    Effect.sync(() => {
      const { close, server } = Door.make()
      const { httpHost: host, httpPort: port } = options
      const routes = HttpRouter.serve(ApiRoutes.layer, {
        disableListenLog: true,
        disableLogger: true
      })
      return drain(options, close).pipe(
        Layer.provideMerge(routes),
        Layer.provideMerge(
          NodeHttpServer.layer(() => server, { host, port, disablePreemptiveShutdown: true })
        )
      )
    })
  )

/** A server, from the socket of its node to that of its HTTP side. */
export const layer = (options: ServerOptions) => {
  const { join, leaseMillis, listen, name, subnet } = options
  return http(options).pipe(
    Layer.provideMerge(EventFeed.layer),
    Layer.provideMerge(Presence.layer({ name, leaseMillis })),
    Layer.provideMerge(Health.layer({ joins: join.length > 0 })),
    Layer.provideMerge(NodeMeshNode.layer({ subnets: [subnet], listen, join }))
  )
}

/** The HTTP side can't listen where it was told to. */
export class ServeFailed extends Schema.TaggedError<ServeFailed>()("ServeFailed", {
  address: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `can't serve HTTP on ${this.address}: ${this.detail}`
  }
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
  }).pipe(
    Effect.provide(layer(options)),
    Effect.catchTag("ServeError", ({ cause }) => {
      const address = `${options.httpHost}:${options.httpPort}`
      const detail = cause instanceof Error ? cause.message : String(cause)
      return new ServeFailed({ address, detail })
    }),
    Effect.ensuring(Effect.logInfo("stopped"))
  )
