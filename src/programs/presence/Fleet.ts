/**
 * Servers in processes of their own, as the launcher has them.
 *
 * @since 0.1.0
 */
import { fileURLToPath } from "node:url"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as ChildProcess from "effect/process/ChildProcess"
import { Api } from "./Api.ts"
import { STOP_MILLIS } from "./PresenceLimits.ts"

/** How long a server may take to be up, in milliseconds: a cold start on a busy machine, many times over. */
const START_MILLIS = 30_000

/** A server that did not come up. */
export class StartError extends Schema.TaggedError<StartError>()("StartError", {
  server: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `server ${this.server} did not start: ${this.detail}`
  }
}

/** What a server says once it is up. */
const Listening = Schema.fromJsonString(
  Schema.Struct({
    event: Schema.Literal("listening"),
    name: Schema.String,
    http: Schema.String,
    mesh: Schema.Array(Schema.String)
  })
)

const entry = fileURLToPath(new URL(`../presence${extension()}`, import.meta.url))

/** Sources run as they are, and so does what is built of them. */
function extension(): string {
  return import.meta.url.endsWith(".ts") ? ".ts" : ".js"
}

export type Server = Effect.Success<ReturnType<typeof start>>

/** Starts a server on free ports of this machine; it is told to stop when the scope closes. */
export const start = Effect.fnUntraced(function* (name: string, join: ReadonlyArray<string>) {
  const handle = yield* ChildProcess.make(
    process.execPath,
    [entry, "server", "--name", name, ...join.flatMap((address) => ["--join", address])],
    {
      stdin: "ignore",
      stderr: "inherit",
      killSignal: "SIGTERM",
      forceKillAfter: STOP_MILLIS
    }
  )
  const fail = (detail: string) => new StartError({ server: name, detail })
  const first = yield* Deferred.make<string, StartError>()
  // Read to its end, so that the server never waits for us.
  yield* handle.stdout.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) => Deferred.succeed(first, line)),
    Effect.ignore,
    Effect.andThen(Deferred.fail(first, fail("it has ended; its reason is on standard error"))),
    Effect.forkScoped
  )
  const line = yield* Effect.timeoutOrElse(Deferred.await(first), {
    duration: START_MILLIS,
    orElse: () => fail(`it said nothing for ${START_MILLIS} ms`)
  })
  const { http, mesh } = yield* Effect.mapError(
    Schema.decodeUnknownEffect(Listening)(line),
    ({ message }) => fail(message)
  )
  const client = yield* HttpApiClient.make(Api, { baseUrl: http })
  return { name, http, mesh, handle, client }
})
