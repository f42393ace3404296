/**
 * The command `node`, and what may be said to it.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { addresses } from "../cli/AddressFlag.ts"
import * as TlsFlags from "../cli/TlsFlags.ts"
import * as NodeProgram from "./NodeProgram.ts"

const flags = {
  listen: addresses(
    "listen",
    "Where to listen: tcp, tls, ws or wss, as in tcp://host:port; a port of 0 is any. May come several " +
      "times: on more than one transport, a node is a bridge between them. One that listens nowhere can't " +
      "be dialled."
  ),
  join: addresses("join", "A node to stay connected to. May come several times."),
  subnets: Flag.String("subnet").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription(
      `A subnet to be in, "${NodeProgram.DEFAULT_SUBNET}" by default. May come several times: a node ` +
        "in more than one is a bridge between them."
    ),
    Flag.atLeast(0)
  ),
  ...TlsFlags.flags,
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
