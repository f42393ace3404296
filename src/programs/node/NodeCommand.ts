/**
 * The command `node`, and what may be said to it.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as NodeFlags from "../cli/NodeFlags.ts"
import * as NodeProgram from "./NodeProgram.ts"

const flags = {
  ...NodeFlags.flags,
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Lines of JSON on standard input and output, for programs"),
    Flag.withDefault(false)
  )
}

export const nodeCommand = Command.make("node", flags, NodeProgram.run).pipe(
  Command.withDescription(
    "A node to talk through: a line that you type is broadcast, messages and peers are shown."
  ),
  Command.withExamples([
    {
      command: "p2p node --listen tcp://127.0.0.1:44565",
      description: "Starts a network"
    },
    {
      command: "p2p node --listen tcp://127.0.0.1:44566 --join tcp://127.0.0.1:44565",
      description: "Joins it"
    },
    {
      command: "p2p node --listen tcp://0.0.0.0:44565 --listen wss://0.0.0.0:44566",
      description: "Is a bridge between nodes on TCP and nodes on WebSocket"
    },
    {
      command: `echo '{"cmd":"peers"}' | p2p node --listen tcp://127.0.0.1:0 --json`,
      description: "Drives a node from another program"
    }
  ])
)
