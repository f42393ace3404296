/**
 * The live stream, as server-sent events.
 *
 * Begins with `Hello`; each change has its tag for a name, and an id. Who comes back with the last one's in
 * `Last-Event-ID` gets what it has missed, or a `Reset` if that is no longer kept. Ends with `End` and the
 * reason.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Sse from "effect/encoding/Sse"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { EventFeed, type FeedEvent } from "./EventFeed.ts"
import { Presence } from "./Presence.ts"
import { HEARTBEAT_MILLIS, READER_CUT_MILLIS } from "./PresenceLimits.ts"

const encode = (event: string, data: unknown, id?: string) =>
  Sse.encoder.write({ _tag: "Event", event, id, data: JSON.stringify(data) })

const encodeFeed = ({ change, id }: FeedEvent) => encode(change._tag, change, id)

const headers = {
  "cache-control": "no-store",
  // A proxy that collects the stream before it passes it on would defeat it.
  "x-accel-buffering": "no"
}

export interface EventsOptions {
  /** Online for as long as it listens. */
  readonly user?: string | undefined
  readonly lastId?: string | undefined
}

/** The response that goes on until the reader goes, falls behind, or the server stops. */
export const respond = Effect.fnUntraced(function* ({ lastId, user }: EventsOptions) {
  const feed = yield* EventFeed
  const presence = yield* Presence
  const reader = yield* feed.follow(lastId)
  if (user !== undefined) yield* presence.attend(user)
  // Who does not read does not see the end either: then the whole request is cut off.
  const request = yield* Effect.withFiber((fiber) => Effect.succeed(fiber))
  const cut = Effect.sync(() => request.interruptUnsafe())
  yield* Effect.forkScoped(Effect.andThen(reader.ended, Effect.delay(cut, READER_CUT_MILLIS)))
  const beginning = [
    encode("Hello", { server: presence.name, id: presence.id }),
    ...(reader.isReset ? [encode("Reset", { reason: "more was missed than is kept" })] : []),
    ...reader.missed.map(encodeFeed)
  ]
  const end = Stream.fromEffect(Effect.map(reader.ended, (reason) => encode("End", { reason })))
  const heartbeats = Stream.map(
    Stream.drop(Stream.tick(HEARTBEAT_MILLIS), 1),
    () => ": still here\n\n"
  )
  const text = Stream.fromIterable(beginning).pipe(
    Stream.concat(Stream.map(reader.live, encodeFeed)),
    Stream.concat(end),
    Stream.merge(heartbeats, { haltStrategy: "left" })
  )
  return HttpServerResponse.stream(Stream.encodeText(text), {
    contentType: "text/event-stream",
    headers
  })
})
