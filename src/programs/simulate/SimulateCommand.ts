/**
 * The command `simulate`.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as SimulateProgram from "./SimulateProgram.ts"

const flags = {
  scenario: Argument.String("scenario").pipe(
    Argument.withDescription("The scenario to run; --list tells which there are"),
    Argument.optional
  ),
  list: Flag.Boolean("list").pipe(
    Flag.withDescription("Tells which scenarios there are"),
    Flag.withDefault(false)
  ),
  nodes: Flag.Int("nodes").pipe(Flag.withDescription("Nodes of the network"), Flag.optional),
  seed: Flag.Int("seed").pipe(
    Flag.withDescription("What everything is drawn from: one seed, one run"),
    Flag.withDefault(1)
  ),
  seeds: Flag.Int("seeds").pipe(
    Flag.withDescription("Runs to make, with this seed and those that follow"),
    Flag.withDefault(1)
  ),
  until: Flag.String("until").pipe(
    Flag.withMetavar("time"),
    Flag.withDescription("How long there are faults, in virtual time: 90s, 10m"),
    Flag.optional
  ),
  workers: Flag.Int("workers").pipe(Flag.withDescription("Threads to run on"), Flag.withDefault(2)),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("One line of JSON at the end, for programs"),
    Flag.withDefault(false)
  ),
  report: Flag.String("report").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "Writes a page that shows what happened: of the first run that broke, made smaller, else of the first"
    ),
    Flag.optional
  ),
  config: Flag.String("config").pipe(
    Flag.withMetavar("json"),
    Flag.withDescription("The whole configuration, as a failing run prints it"),
    Flag.optional
  )
}

export const simulateCommand = Command.make("simulate", flags, SimulateProgram.run).pipe(
  Command.withDescription(
    "Runs networks of real nodes in virtual time, with faults, and checks that what they promise holds. " +
      "Ends with 0 when all has held, with 1 when something broke: then it says what, and how to see it again."
  ),
  Command.withExamples([
    { command: "simulate --list", description: "Tells which scenarios there are" },
    {
      command: "simulate mesh-swarm --nodes 50 --seed 7",
      description: "Runs fifty nodes through a mix of faults"
    },
    {
      command: "simulate mesh-churn --seeds 1000 --workers 2",
      description: "Runs a thousand networks, on two threads"
    },
    {
      command: "simulate mesh-loss --seed 7 --report report.html",
      description: "Runs one, and writes a page that shows it"
    }
  ])
)
