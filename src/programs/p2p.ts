#!/usr/bin/env node
/**
 * The command line: `npm run p2p -- node --help`.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Program from "./cli/Program.ts"
import { chatCommand } from "./chat/ChatCommand.ts"
import { nodeCommand } from "./node/NodeCommand.ts"

Command.make("p2p").pipe(
  Command.withDescription("Peer-to-peer networks that speak the 0.7 wire protocol"),
  Command.withSubcommands([nodeCommand, chatCommand]),
  Program.main
)
