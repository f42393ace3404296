/**
 * How every program of this package starts and ends.
 *
 * Results go to standard output, all else to standard error. The process ends with 0 when all went well or
 * the user ended it, 2 when it was called wrongly, 1 when it failed.
 *
 * @since 0.1.0
 */
import { readFileSync } from "node:fs"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import { Output } from "./Output.ts"
import { UsageError } from "./UsageError.ts"

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/** The version of this package. */
const version = (): string =>
  Schema.decodeUnknownSync(Manifest)(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8")
  ).version

/** A wrong call is told on standard error alone: who reads the output gets results or nothing. */
const presenter: CliOutput.Presenter = {
  present: (event) => {
    if (event._tag !== "InvalidInvocation") return CliOutput.defaultPresenter.present(event)
    const help = `See ${event.commandPath.join(" ")} --help.`
    return Console.error([...event.errors.map(({ message }) => message), help].join("\n"))
  }
}

const layer = Layer.mergeAll(
  NodeServices.layer,
  Layer.suspend(() => Output.layer(process.stdout)),
  Logger.layer([Logger.withConsoleError(Logger.formatSimple)]),
  CliOutput.layerPresenter(presenter),
  CliConfig.layer({
    builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel]
  })
)

const isWrongCall = (error: unknown): boolean =>
  error instanceof UsageError || (CliError.isCliError(error) && error._tag !== "ShowHelp")

const exitCode = <A, E>(exit: Exit.Exit<A, E>): number => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return 0
  const error = Cause.squash(exit.cause)
  if (CliError.isCliError(error) && error._tag === "ShowHelp")
    return error.errors.length > 0 ? 2 : 0
  return isWrongCall(error) ? 2 : 1
}

/** Ends the process whatever still holds it: an open standard input, say. */
const teardown: Runtime.Teardown = (exit) => process.exit(exitCode(exit))

/** An error in its words, a defect with its stack. */
const report = <E>(cause: Cause.Cause<E>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  if (Cause.hasDies(cause)) return Console.error(Cause.pretty(cause))
  const error = Cause.squash(cause)
  if (CliError.isCliError(error) && error._tag === "ShowHelp") return Effect.void
  return Console.error(error instanceof Error ? error.message : String(error))
}

/** Runs a command line with the process's arguments, and ends the process with it. */
export const main = <Name extends string, Input, ContextInput, E>(
  command: Command.Command<Name, Input, ContextInput, E, Command.Environment | Output>
): void =>
  Command.run(command, { version: version() }).pipe(
    Effect.tapCause(report),
    Effect.provide(layer),
    NodeRuntime.runMain({ disableErrorReporting: true, teardown })
  )
