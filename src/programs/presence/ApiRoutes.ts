/**
 * The HTTP side, as it is served.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerError from "effect/http/HttpServerError"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import { Api, RequestErrors, Unhealthy } from "./Api.ts"
import { BadRequest, BodyTooLarge, NoSuchRoute, NotJson } from "./ApiErrors.ts"
import * as Events from "./Events.ts"
import { Health } from "./Health.ts"
import { Presence } from "./Presence.ts"
import { LINES_SHOWN_MAX, REQUEST_BODY_MAX_BYTES } from "./PresenceLimits.ts"
import * as PresenceMetrics from "./PresenceMetrics.ts"
import type { User } from "./PresenceProtocol.ts"

const users = HttpApiBuilder.group(Api, "users", (handlers) =>
  Effect.gen(function* () {
    const presence = yield* Presence
    const here = (user: User) => ({ ...user, server: presence.name })
    return handlers.handleAll({
      users: () =>
        Effect.sync(() => {
          const servers = presence.servers()
          return {
            users: servers.flatMap(({ name: server, users }) =>
              [...users.values()].map((user) => ({ ...user, server }))
            ),
            servers: servers.map(({ id, name, users }) => ({ id, name, users: users.size }))
          }
        }),
      checkIn: ({ params, payload }) =>
        Effect.map(presence.checkIn(params.user, payload.status), here),
      checkOut: ({ params }) => presence.checkOut(params.user),
      setStatus: ({ params, payload }) =>
        Effect.map(presence.setStatus(params.user, payload.status), here)
    })
  })
)

const rooms = HttpApiBuilder.group(Api, "rooms", (handlers) =>
  Effect.gen(function* () {
    const presence = yield* Presence
    return handlers.handleAll({
      say: ({ params, payload }) => presence.say(params.room, payload.user, payload.text),
      lines: ({ params, query }) =>
        Effect.map(presence.lines(params.room, query.limit ?? LINES_SHOWN_MAX), (lines) => ({
          lines
        }))
    })
  })
)

const system = HttpApiBuilder.group(Api, "system", (handlers) =>
  Effect.gen(function* () {
    const health = yield* Health
    const presence = yield* Presence
    return handlers.handleAll({
      events: ({ headers, query }) =>
        Events.respond({ user: query.user, lastId: headers["last-event-id"] }),
      health: () =>
        Effect.gen(function* () {
          const report = { ...(yield* health.check), server: presence.name, id: presence.id }
          return report.status === "up" ? report : yield* new Unhealthy(report)
        })
    })
  })
)

const requestErrors = HttpApiMiddleware.layerSchemaErrorTransform(RequestErrors, (error) =>
  // A response that does not fit its schema is our own fault.
  error.kind === "Body" || error.kind === "ResponseHeaders"
    ? Effect.fail(error)
    : Effect.fail(new BadRequest({ part: error.kind, message: error.cause.message }))
)

/** What the server itself refuses, before a route has it. */
const refusal = (cause: Cause.Cause<unknown>): BodyTooLarge | NoSuchRoute | undefined => {
  for (const reason of cause.reasons) {
    const error =
      reason._tag === "Fail" ? reason.error : reason._tag === "Die" ? reason.defect : undefined
    if (!HttpServerError.isHttpServerError(error)) continue
    const { request } = error
    if (error.reason._tag === "RouteNotFound") {
      return new NoSuchRoute({ message: `nothing is at ${request.method} ${request.url}` })
    }
    if (error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge") {
      const message = `a body has ${REQUEST_BODY_MAX_BYTES} bytes at most`
      return new BodyTooLarge({ limitBytes: REQUEST_BODY_MAX_BYTES, message })
    }
  }
  return undefined
}

const respond = ({ _tag, message }: BodyTooLarge | NoSuchRoute | NotJson, status: number) =>
  HttpServerResponse.jsonUnsafe({ _tag, message }, { status })

/** What is refused outside of the API's own errors is told as those are. */
const middleware = HttpRouter.middleware(
  (handler) =>
    handler.pipe(
      Effect.catchCause((cause) => {
        const error = refusal(cause)
        return error === undefined
          ? Effect.failCause(cause)
          : Effect.succeed(respond(error, error._tag === "BodyTooLarge" ? 413 : 404))
      }),
      Effect.map((response) =>
        response.status === 415
          ? respond(new NotJson({ message: "content-type must be application/json" }), 415)
          : response
      ),
      PresenceMetrics.counted
    ),
  { global: true }
)

/** All that the server answers, over the services that it answers with. */
export const layer = Layer.mergeAll(
  HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }).pipe(
    Layer.provide([users, rooms, system]),
    Layer.provide(requestErrors)
  ),
  PresenceMetrics.layer,
  middleware
).pipe(
  Layer.provideMerge(
    Layer.succeed(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(REQUEST_BODY_MAX_BYTES))
  )
)
