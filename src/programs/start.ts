/**
 * The demonstration: `npm start`, or `npm start -- --once`.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Program from "./cli/Program.ts"
import * as StartProgram from "./start/StartProgram.ts"

const flags = {
  once: Flag.Boolean("once").pipe(
    Flag.withDescription("End after the table, also in a terminal"),
    Flag.withDefault(false)
  )
}

Command.make("start", flags, StartProgram.run).pipe(
  Command.withDescription(
    "Boots a real network of seven nodes on this machine, sends messages through it, kills a node and " +
      "shows the rest heal. In a terminal it then stays up to be joined. Ends with 0 when everything " +
      "has been delivered, else with 1."
  ),
  Program.main
)
