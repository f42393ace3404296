/**
 * The command `chat`.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as NodeFlags from "../cli/NodeFlags.ts"
import * as ChatProgram from "./ChatProgram.ts"

const flags = {
  nick: Flag.String("nick").pipe(Flag.withMetavar("name"), Flag.withDescription("Your name")),
  room: Flag.String("room").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription(`The room that you come into, "lobby" by default`),
    Flag.withDefault("lobby")
  ),
  ...NodeFlags.flags
}

export const chatCommand = Command.make("chat", flags, ChatProgram.run).pipe(
  Command.withDescription(
    "A chat with rooms, over a typed protocol: lines that you type are said, /who and /history tell."
  ),
  Command.withExamples([
    {
      command: "p2p chat --nick ana --listen tcp://127.0.0.1:44565",
      description: "Opens a chat"
    },
    {
      command: "p2p chat --nick ben --join tcp://127.0.0.1:44565",
      description: "Comes into it"
    }
  ])
)
