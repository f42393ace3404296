/**
 * Three servers that find each other, to look at or to run the story with.
 *
 * @since 0.1.0
 */
import { styleText } from "node:util"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import { Output } from "../cli/Output.ts"
import * as Fleet from "./Fleet.ts"
import * as Story from "./Story.ts"

export interface LauncherOptions {
  readonly once: boolean
}

/** What to paste into another terminal. */
const invitation = ([one, two, three]: readonly [
  Fleet.Server,
  Fleet.Server,
  Fleet.Server
]): ReadonlyArray<string> =>
  [
    ["Follow what happens, from the third server:", `curl -N ${three.http}/events`],
    [
      "Come online at the first, and speak:",
      `curl -X PUT ${one.http}/users/ada --json '{"status":"here"}'`,
      `curl ${one.http}/rooms/hall/lines --json '{"user":"ada","text":"hello"}'`
    ],
    [
      "Ask the second:",
      `curl ${two.http}/users`,
      `curl ${two.http}/rooms/hall/lines`,
      `curl ${two.http}/health`,
      `curl ${two.http}/metrics`
    ]
  ].flatMap(([title = "", ...commands]) => [
    title,
    ...commands.map((command) => styleText("bold", `  ${command}`)),
    ""
  ])

/** Starts the servers; with `once`, or where nobody looks, it ends with the story. */
export const run = ({ once }: LauncherOptions) =>
  Effect.gen(function* () {
    const output = yield* Output
    const { stdoutIsTerminal } = yield* Stdio.Stdio
    const one = yield* Fleet.start("one", [])
    const [two, three] = yield* Effect.all(
      [Fleet.start("two", one.mesh), Fleet.start("three", one.mesh)],
      { concurrency: "unbounded" }
    )
    const servers = [one, two, three] as const
    yield* output.write([
      "Three servers, one mesh:",
      "",
      ...servers.map(
        ({ handle, http, mesh, name }) =>
          `  ${name.padEnd(5)}  ${http}  ${mesh.join(" ")}  process ${handle.pid}`
      ),
      ""
    ])
    if (once || !(yield* stdoutIsTerminal)) {
      const entries = yield* Story.tell(servers)
      const names = servers.map(({ name }) => name)
      return yield* output.write([...Story.render(entries, names), ""])
    }
    yield* output.write([...invitation(servers), "They stay up until Ctrl-C."])
    yield* Effect.never
  }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))
