/**
 * The face for programs: lines of JSON both ways.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Address from "../../domain/Address.ts"
import { type Message, Mesh, type Payload } from "../../services/Mesh.ts"
import { Output, type OutputError } from "../cli/Output.ts"
import type { Face, Failure } from "./Face.ts"
import * as JsonCommand from "./JsonCommand.ts"
import * as JsonEvent from "./JsonEvent.ts"
import * as JsonValue from "./JsonValue.ts"
import { RecentMessages, UnknownMessageError } from "./RecentMessages.ts"
import * as Replies from "./Replies.ts"

export const make: Effect.Effect<Face, never, Mesh | Output | Scope.Scope> = Effect.gen(
  function* () {
    const mesh = yield* Mesh
    const output = yield* Output
    const recent = new RecentMessages()
    const replies = yield* Replies.make

    const say = (event: JsonEvent.JsonEvent) => output.write([JsonEvent.toLine(event)])

    const attempt = <E extends Failure>(
      id: JsonCommand.CommandId | undefined,
      effect: Effect.Effect<unknown, E>
    ): Effect.Effect<void, OutputError> =>
      Effect.matchEffect(effect, {
        onFailure: (error) => say(JsonEvent.fromError(error, id)),
        onSuccess: () => Effect.void
      })

    const withPayload = <A, E>(
      payload: ReadonlyArray<unknown>,
      use: (payload: Payload) => Effect.Effect<A, E>
    ) => Effect.flatMap(Effect.fromResult(JsonValue.decode(payload)), use)

    const reply = Effect.fnUntraced(function* (command: typeof JsonCommand.Reply.Type) {
      const sender = recent.find(command.to)
      if (sender instanceof UnknownMessageError) {
        return yield* say(JsonEvent.fromError(sender, command.id))
      }
      const peers = yield* mesh.peers
      const isDirect = peers.some(({ id }) => id === sender)
      const answer = withPayload(command.payload, (payload) => mesh.reply({ sender }, payload))
      yield* replies.run(sender, isDirect, attempt(command.id, answer))
    })

    const obey = (command: JsonCommand.JsonCommand): Effect.Effect<void, OutputError> => {
      switch (command.cmd) {
        case "broadcast":
          return attempt(command.id, withPayload(command.payload, mesh.broadcast))
        case "send": {
          const { id, payload, peer } = command
          return attempt(
            id,
            withPayload(payload, (payload) => mesh.send(peer, payload))
          )
        }
        case "reply":
          return reply(command)
        case "peers":
          return Effect.flatMap(mesh.peers, (peers) => say(JsonEvent.fromPeers(peers, command.id)))
        case "stop":
          return Effect.void
      }
    }

    const showMessage = (message: Message): JsonEvent.JsonEvent => {
      const payload = JsonValue.encode(message.payload)
      if (Result.isFailure(payload)) return JsonEvent.fromError(payload.failure)
      const { flag, id, sender } = message
      recent.remember(id, sender)
      return { event: "message", id, sender, flag, payload: payload.success }
    }

    const addresses = mesh.listening.map(Address.format)
    return {
      greeting: (addresses.length === 0 ? [null] : addresses).map((address) =>
        JsonEvent.toLine({ event: "listening", address, id: mesh.id })
      ),
      showMessages: (messages) => messages.map((message) => JsonEvent.toLine(showMessage(message))),
      showPeerEvent: (event) => [JsonEvent.toLine(JsonEvent.fromPeerEvent(event))],
      showError: (error) => [JsonEvent.toLine(JsonEvent.fromError(error))],
      hear: Effect.fnUntraced(function* (line) {
        if (Result.isSuccess(line) && line.success.trim() === "") return true
        const command = Result.flatMap(line, JsonCommand.parse)
        if (Result.isFailure(command)) {
          const error = command.failure
          yield* say(JsonEvent.fromError(error, "id" in error ? error.id : undefined))
          return true
        }
        yield* obey(command.success)
        return command.success.cmd !== "stop"
      }),
      settled: replies.settled,
      stopsAtEnd: true
    }
  }
)
