/**
 * The HTTP side, as a description: the server is made of it, and so are typed clients.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { NodeId } from "../../domain/Ids.ts"
import {
  BadRequest,
  NameTaken,
  NotOnline,
  Unavailable,
  UnknownRoom,
  UnknownUser
} from "./ApiErrors.ts"
import { LINES_SHOWN_MAX } from "./PresenceLimits.ts"
import { Line, Name, Status, Text, User } from "./PresenceProtocol.ts"

/** A user, and where it is online. */
export const UserAt = Schema.Struct({ ...User.fields, server: Name })

/** A server, as the one that is asked knows it. */
export const ServerInfo = Schema.Struct({ id: NodeId, name: Name, users: Schema.Int })

const healthFields = {
  status: Schema.Literals(["up", "joining", "stopping", "escalated"]),
  server: Name,
  id: NodeId,
  peers: Schema.Int,
  /** What is wrong, where something is. */
  detail: Schema.NullOr(Schema.String)
}

/** The server can be sent requests. */
export const Healthy = Schema.Struct(healthFields)

/** The server had better be sent no requests. */
export class Unhealthy extends Schema.TaggedError<Unhealthy>()("Unhealthy", healthFields, {
  httpApiStatus: 503
}) {}

/** Tells what is wrong with a request, in JSON. */
export class RequestErrors extends HttpApiMiddleware.Service<RequestErrors>()(
  "effect-p2p/programs/presence/RequestErrors",
  { error: BadRequest }
) {}

const params = { user: Name }

class Users extends HttpApiGroup.make("users", { topLevel: true })
  .add(
    HttpApiEndpoint.get("users", "/users", {
      success: Schema.Struct({
        users: Schema.Array(UserAt),
        servers: Schema.Array(ServerInfo)
      })
    }),
    HttpApiEndpoint.put("checkIn", "/users/:user", {
      params,
      payload: Schema.Struct({ status: Schema.optionalKey(Status) }),
      success: UserAt,
      error: [NameTaken, Unavailable]
    }),
    HttpApiEndpoint.delete("checkOut", "/users/:user", { params, error: UnknownUser }),
    HttpApiEndpoint.put("setStatus", "/users/:user/status", {
      params,
      payload: Schema.Struct({ status: Status }),
      success: UserAt,
      error: UnknownUser
    })
  )
  .middleware(RequestErrors) {}

class Rooms extends HttpApiGroup.make("rooms", { topLevel: true })
  .add(
    HttpApiEndpoint.post("say", "/rooms/:room/lines", {
      params: { room: Name },
      payload: Schema.Struct({ user: Name, text: Text }),
      success: Line.pipe(HttpApiSchema.status(201)),
      error: [NotOnline, Unavailable]
    }),
    HttpApiEndpoint.get("lines", "/rooms/:room/lines", {
      params: { room: Name },
      query: {
        limit: Schema.optionalKey(
          Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: LINES_SHOWN_MAX }))
        )
      },
      success: Schema.Struct({ lines: Schema.Array(Line) }),
      error: UnknownRoom
    })
  )
  .middleware(RequestErrors) {}

class System extends HttpApiGroup.make("system", { topLevel: true })
  .add(
    HttpApiEndpoint.get("events", "/events", {
      query: { user: Schema.optionalKey(Name) },
      headers: { "last-event-id": Schema.optionalKey(Schema.String) },
      success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/event-stream" })),
      error: [NameTaken, Unavailable]
    }),
    HttpApiEndpoint.get("health", "/health", { success: Healthy, error: Unhealthy })
  )
  .middleware(RequestErrors) {}

export class Api extends HttpApi.make("presence").add(Users).add(Rooms).add(System) {}
