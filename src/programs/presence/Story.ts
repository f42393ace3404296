/**
 * The short story of the example: what is done at one server, and how soon the others show it.
 *
 * A real HTTP client does all of it, made of the same description as the servers.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Sse from "effect/encoding/Sse"
import * as HttpClient from "effect/http/HttpClient"
import * as Table from "../start/Table.ts"
import type { Server } from "./Fleet.ts"
import { type Change, Change as ChangeSchema } from "./PresenceState.ts"

/** How long the others may take to show something, in milliseconds: many times what they take. */
const SHOW_MILLIS = 10_000

/** Something that was done, and was not shown where it had to be. */
export class StoryError extends Schema.TaggedError<StoryError>()("StoryError", {
  what: Schema.String,
  server: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.what}: not seen at ${this.server}, ${this.detail}`
  }
}

/** What was done where, and after how many milliseconds each of the others has shown it. */
export interface Entry {
  readonly what: string
  readonly at: string
  readonly seen: ReadonlyMap<string, number>
}

/** A reader of a server's events, and what it has yet to look at. */
interface Reader {
  readonly server: Server
  readonly changes: Queue.Queue<Change>
}

const decodeChange = Schema.decodeUnknownEffect(Schema.fromJsonString(ChangeSchema))

/** Follows the events of a server, from the moment on that this effect is done. */
const follow = Effect.fnUntraced(function* (server: Server) {
  const changes = yield* Queue.unbounded<Change>()
  const hello = yield* Queue.unbounded<void>()
  const response = yield* HttpClient.get(`${server.http}/events`)
  yield* response.stream.pipe(
    Stream.decodeText(),
    Stream.pipeThroughChannel(Sse.decode()),
    Stream.runForEach(({ data, event }) =>
      event === "Hello"
        ? Queue.offer(hello, undefined)
        : event === "End"
          ? Effect.void
          : Effect.flatMap(decodeChange(data), (change) => Queue.offer(changes, change))
    ),
    // A server that was stopped has no more to tell.
    Effect.ignore({ log: "Debug" }),
    Effect.forkScoped
  )
  yield* Queue.take(hello)
  const reader: Reader = { server, changes }
  return reader
})

/** Looks at what a reader gets until it is what is looked for. */
const find = (reader: Reader, isIt: (change: Change) => boolean): Effect.Effect<void> =>
  Effect.flatMap(Queue.take(reader.changes), (change) =>
    isIt(change) ? Effect.void : find(reader, isIt)
  )

/** The story, with three servers; the last of them is stopped in it. */
export const tell = Effect.fnUntraced(function* (servers: readonly [Server, Server, Server]) {
  const clock = yield* Clock.Clock
  const entries: Array<Entry> = []
  const readers = yield* Effect.forEach(servers, follow, { concurrency: "unbounded" })
  const [one, two, three] = servers

  /** Does something at a server, and waits until each of the readers has shown it. */
  const act = Effect.fnUntraced(function* <E, R>(
    what: string,
    at: Server,
    action: Effect.Effect<unknown, E, R>,
    isIt: (change: Change) => boolean,
    watching: ReadonlyArray<Reader> = readers
  ) {
    const startMillis = clock.currentTimeMillisUnsafe()
    const seen = new Map<string, number>()
    yield* action
    yield* Effect.forEach(
      watching,
      (reader) =>
        find(reader, isIt).pipe(
          Effect.timeoutOrElse({
            duration: SHOW_MILLIS,
            orElse: () => {
              const detail = `within ${SHOW_MILLIS} ms`
              return new StoryError({ what, server: reader.server.name, detail })
            }
          }),
          Effect.andThen(
            Effect.sync(() =>
              seen.set(reader.server.name, clock.currentTimeMillisUnsafe() - startMillis)
            )
          )
        ),
      { concurrency: "unbounded", discard: true }
    )
    entries.push({ what, at: at.name, seen })
  })

  const checkIn = (user: string, at: Server) =>
    act(
      `${user} checks in`,
      at,
      at.client.checkIn({ params: { user }, payload: {} }),
      (change) => change._tag === "Online" && change.user === user
    )
  const say = (user: string, at: Server, text: string) =>
    act(
      `${user} says "${text}"`,
      at,
      at.client.say({ params: { room: "hall" }, payload: { user, text } }),
      (change) => change._tag === "Said" && change.line.text === text
    )

  yield* checkIn("ada", one)
  yield* checkIn("ben", two)
  yield* checkIn("cyd", three)
  yield* act(
    "ben is away",
    two,
    two.client.setStatus({ params: { user: "ben" }, payload: { status: "away" } }),
    (change) => change._tag === "StatusSet" && change.status === "away"
  )
  yield* say("ada", one, "Who is there?")
  yield* say("cyd", three, "I am, but not for long.")
  yield* act(
    `${three.name} stops, and cyd is gone`,
    three,
    three.handle.kill(),
    (change) => change._tag === "ServerDown" && change.reason === "Left",
    readers.slice(0, 2)
  )
  const { users } = yield* two.client.users()
  const { lines } = yield* two.client.lines({ params: { room: "hall" }, query: {} })
  const left = users.map(({ name }) => name).toSorted()
  if (left.join() !== "ada,ben" || lines.length !== 2) {
    const detail = `${left.join()} and ${lines.length} lines are`
    return yield* new StoryError({ what: "the end", server: two.name, detail })
  }
  return entries
})

/** The table of a story. */
export const render = (
  entries: ReadonlyArray<Entry>,
  servers: ReadonlyArray<string>
): ReadonlyArray<string> =>
  Table.render(
    [
      { title: "What", align: "left" },
      { title: "At", align: "left" },
      ...servers.map((name) => ({ title: `seen at ${name}`, align: "right" as const }))
    ],
    entries.map(({ at, seen, what }) => [
      what,
      at,
      ...servers.map((name) => {
        const millis = seen.get(name)
        return millis === undefined ? "·" : `${millis} ms`
      })
    ])
  )
