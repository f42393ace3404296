/**
 * The command line of the example: three servers to look at, or one to copy.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { Address } from "../../domain/Address.ts"
import { addresses } from "../cli/AddressFlag.ts"
import { UsageError } from "../cli/UsageError.ts"
import * as Launcher from "./Launcher.ts"
import {
  LAME_DUCK_MAX_MILLIS,
  LEASE_MAX_MILLIS,
  LEASE_MILLIS,
  LEASE_MIN_MILLIS,
  NAME_MAX_CHARS
} from "./PresenceLimits.ts"
import { Name } from "./PresenceProtocol.ts"
import * as Server from "./Server.ts"

const PORT_MAX = 65_535

/** The transports of `NodeMeshNode`. */
const SCHEMES = ["tcp", "tls", "ws", "wss"]

/** A node on any free port of this machine, for whoever names none. */
const ANYWHERE = new Address({ scheme: "tcp", host: "127.0.0.1", port: 0 })

const serverFlags = {
  name: Flag.String("name").pipe(
    Flag.withDescription("How users see this server called, for one: europe-1"),
    Flag.withDefault("server")
  ),
  httpHost: Flag.String("http-host").pipe(
    Flag.withMetavar("host"),
    Flag.withDescription("Where to serve HTTP; 127.0.0.1 by default"),
    Flag.withDefault("127.0.0.1")
  ),
  httpPort: Flag.Int("http-port").pipe(
    Flag.withMetavar("port"),
    Flag.withDescription("On which port; 0, the default, is any"),
    Flag.withDefault(0)
  ),
  listen: addresses(
    "listen",
    "Where other servers reach this one, such as tcp://host:port; any free port of 127.0.0.1 by default."
  ),
  join: addresses("join", "Another server to stay connected to. May come several times."),
  subnet: Flag.String("subnet").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription('The network of the servers, "presence" by default'),
    Flag.withDefault("presence")
  ),
  leaseMillis: Flag.Int("lease").pipe(
    Flag.withMetavar("ms"),
    Flag.withDescription("How long the others believe that this server lives, when it is silent"),
    Flag.withDefault(LEASE_MILLIS)
  ),
  lameDuckMillis: Flag.Int("lame-duck").pipe(
    Flag.withMetavar("ms"),
    Flag.withDescription("How long it serves on when it is told to stop, while /health says 503"),
    Flag.withDefault(0)
  )
}

/** Told at once, in the flag's own name. */
const check = Effect.fnUntraced(function* (options: Server.ServerOptions) {
  const wrong = (flag: string, value: string | number, reason: string) =>
    new UsageError({ flag, value: String(value), reason })
  const inRange = (flag: string, value: number, min: number, max: number) =>
    value >= min && value <= max ? Effect.void : wrong(flag, value, `must be ${min} to ${max}`)
  if (!Schema.is(Name)(options.name)) {
    const reason = `must be 1 to ${NAME_MAX_CHARS} letters, digits, dots, dashes or underscores`
    return yield* wrong("name", options.name, reason)
  }
  if (options.subnet === "") return yield* wrong("subnet", '""', "a subnet has a name")
  yield* inRange("http-port", options.httpPort, 0, PORT_MAX)
  yield* inRange("lease", options.leaseMillis, LEASE_MIN_MILLIS, LEASE_MAX_MILLIS)
  yield* inRange("lame-duck", options.lameDuckMillis, 0, LAME_DUCK_MAX_MILLIS)
  for (const flag of ["listen", "join"] as const) {
    for (const address of options[flag]) {
      const { port, scheme } = address
      if (!SCHEMES.includes(scheme)) {
        return yield* wrong(flag, String(address), `servers meet by ${SCHEMES.join(", ")}`)
      }
      if (flag === "join" && port === 0) {
        return yield* wrong(flag, String(address), "port 0 can't be dialled")
      }
    }
  }
})

const serverCommand = Command.make("server", serverFlags, (flags) =>
  Effect.gen(function* () {
    const listen = flags.listen.length === 0 ? [ANYWHERE] : flags.listen
    const options = { ...flags, listen }
    yield* check(options)
    yield* Server.run(options)
  })
).pipe(
  Command.withDescription(
    "One server, until it is told to stop by Ctrl-C or SIGTERM. Says where it listens in a line of JSON."
  ),
  Command.withExamples([
    {
      command: "presence server --name one --http-port 8080 --listen tcp://127.0.0.1:44570",
      description: "Starts the first"
    },
    {
      command: "presence server --name two --http-port 8081 --join tcp://127.0.0.1:44570",
      description: "Starts another, which joins it"
    }
  ])
)

const flags = {
  once: Flag.Boolean("once").pipe(
    Flag.withDescription("Run a short story through all three, print a table, and end"),
    Flag.withDefault(false)
  )
}

export const presenceCommand = Command.make("presence", flags, Launcher.run).pipe(
  Command.withDescription(
    "A presence and chat service: three servers on this machine, each with REST and server-sent events at " +
      "the front, and the mesh between them. Stays up until Ctrl-C; with --once, and where the output is " +
      "no terminal, it runs a short story and ends with 0 when all of it came true, else with 1."
  ),
  Command.withSubcommands([serverCommand])
)
