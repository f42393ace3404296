/**
 * What the example measures of itself, beside what the node does; and the route by which Prometheus reads all
 * of it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { Presence } from "./Presence.ts"

const usersOnline = Metric.gauge("presence_users_online", {
  description: "Users that are online, by where: at this server, or at any"
})

const serversUp = Metric.gauge("presence_servers_up", {
  description: "Servers that are up, this one included"
})

const linesHeard = Metric.counter("presence_lines_total", {
  description: "Lines that were said, at any server",
  incremental: true
})

const sseReaders = Metric.gauge("presence_sse_readers", {
  description: "Readers of the event stream"
})

const sseReadersDropped = Metric.counter("presence_sse_readers_dropped_total", {
  description: "Readers of the event stream that were too slow",
  incremental: true
})

const requests = Metric.counter("presence_http_requests_total", {
  description: "Requests that were answered, by method and status",
  incremental: true
})

export const readersChanged = (by: number): Effect.Effect<void> => Metric.modify(sseReaders, by)

export const readerDropped: Effect.Effect<void> = Metric.update(sseReadersDropped, 1)

/** Keeps the gauges of who is there. */
const watch = Layer.effectDiscard(
  Effect.gen(function* () {
    const presence = yield* Presence
    const update = Effect.suspend(() => {
      const servers = presence.servers()
      const here = servers.find(({ id }) => id === presence.id)?.users.size ?? 0
      const all = servers.reduce((sum, { users }) => sum + users.size, 0)
      return Effect.all(
        [
          Metric.update(Metric.withAttributes(usersOnline, { where: "here" }), here),
          Metric.update(Metric.withAttributes(usersOnline, { where: "anywhere" }), all),
          Metric.update(serversUp, servers.length)
        ],
        { discard: true }
      )
    })
    const changes = yield* presence.changes
    // There from the start, and not only once something has happened.
    yield* update
    yield* readersChanged(0)
    yield* Metric.update(sseReadersDropped, 0)
    yield* Metric.update(linesHeard, 0)
    yield* Effect.forkScoped(
      Stream.runForEach(Stream.fromSubscription(changes), (change) =>
        change._tag === "Said" ? Metric.update(linesHeard, 1) : update
      )
    )
  })
)

/** Counts the requests that are answered, whatever with. */
export const counted = <E, R>(
  handler: Effect.Effect<HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.tap(handler, ({ status }) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ method }) =>
      Metric.update(Metric.withAttributes(requests, { method, status: String(status) }), 1)
    )
  )

/** `GET /metrics`, and all that it shows of this example. */
export const layer = Layer.mergeAll(PrometheusMetrics.layerHttp({ path: "/metrics" }), watch)
