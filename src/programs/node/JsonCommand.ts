/**
 * What a program tells a node: one JSON object a line, `cmd` saying what it is.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { MessageId, NodeId } from "../../domain/Ids.ts"
import * as JsonText from "./JsonText.ts"

/** A mark that a command may carry, and that the events which it causes carry again. */
export const CommandId = Schema.Union([Schema.String, Schema.Finite])
export type CommandId = typeof CommandId.Type

const id = Schema.optionalKey(CommandId)
/** Its values are read by `JsonValue`, whose errors say where they are. */
const payload = Schema.Array(Schema.Unknown)

export const Broadcast = Schema.Struct({ cmd: Schema.Literal("broadcast"), id, payload })
export const Send = Schema.Struct({ cmd: Schema.Literal("send"), id, peer: NodeId, payload })
export const Reply = Schema.Struct({ cmd: Schema.Literal("reply"), id, to: MessageId, payload })
export const Peers = Schema.Struct({ cmd: Schema.Literal("peers"), id })
export const Stop = Schema.Struct({ cmd: Schema.Literal("stop"), id })

/** Every command, by its name. */
const commands = { broadcast: Broadcast, send: Send, reply: Reply, peers: Peers, stop: Stop }

export const JsonCommand = Schema.Union(Object.values(commands))
export type JsonCommand = typeof JsonCommand.Type

/** A line of JSON that is no command. */
export class CommandError extends Schema.TaggedError<CommandError>()("CommandError", {
  /** The command's id, if it has one. */
  id: Schema.optionalKey(CommandId),
  reason: Schema.String
}) {
  override get message() {
    return `bad command: ${this.reason}`
  }
}

const names = Object.keys(commands).join(", ")
const isCommandId = Schema.is(CommandId)
const isName = (name: unknown): name is keyof typeof commands =>
  typeof name === "string" && Object.hasOwn(commands, name)
const decode = Schema.decodeUnknownResult(JsonCommand)

/** Reads a command. Fails with `JsonTextError` or `CommandError`, each saying what is wrong. */
export const parse = (
  line: string
): Result.Result<JsonCommand, JsonText.JsonTextError | CommandError> =>
  Result.flatMap(JsonText.parse(line), (json): Result.Result<JsonCommand, CommandError> => {
    const found = Predicate.hasProperty(json, "id") ? json.id : undefined
    const id = Option.liftPredicate(isCommandId)(found)
    const error = (reason: string) =>
      new CommandError(Option.isSome(id) ? { id: id.value, reason } : { reason })
    if (!Predicate.hasProperty(json, "cmd")) {
      return Result.fail(error('an object with a field "cmd" is expected'))
    }
    if (!isName(json.cmd)) {
      const name = JSON.stringify(json.cmd)?.slice(0, 64)
      return Result.fail(error(`unknown cmd ${name}; there are ${names}`))
    }
    return Result.mapError(decode(json), ({ message }) =>
      error(`${json.cmd}: ${message.replaceAll(/\s*\n\s*/g, " ")}`)
    )
  })
