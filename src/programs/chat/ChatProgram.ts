/**
 * A chat in a terminal: lines that are typed are said in a room, commands begin with a slash.
 *
 * @since 0.1.0
 */
import { styleText } from "node:util"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { Mesh } from "../../services/Mesh.ts"
import * as InputLines from "../cli/InputLines.ts"
import * as NodeFlags from "../cli/NodeFlags.ts"
import { Output, type OutputError } from "../cli/Output.ts"
import { printable } from "../cli/Printable.ts"
import { UsageError } from "../cli/UsageError.ts"
import { type Line, type Member, Name, NAME_RULE } from "./ChatProtocol.ts"
import { type ChatEvent, ChatRooms, type JoinError, type SayError } from "./ChatRooms.ts"

/** Milliseconds that lines which are piped in wait for somebody to hear them. */
const COMPANY_TIMEOUT_MILLIS = 5_000

export interface ChatOptions extends NodeFlags.NodeFlags {
  readonly nick: string
  readonly room: string
}

const isName = Schema.is(Name)

const check = Effect.fnUntraced(function* ({ nick, room }: ChatOptions) {
  const reason = NAME_RULE
  if (!isName(nick)) return yield* new UsageError({ flag: "nick", value: nick, reason })
  if (!isName(room)) return yield* new UsageError({ flag: "room", value: room, reason })
})

const HELP = [
  "What you type is said in the room. Commands:",
  "  /who          who is here",
  "  /history      what was said here last",
  "  /room NAME    to another room",
  "  /quit         leaves"
]

/** Hours and minutes, UTC. */
const clockTime = (seconds: number): string => {
  const { hour, minute } = DateTime.toPartsUtc(DateTime.makeUnsafe(seconds * 1000))
  return [hour, minute].map((part) => String(part).padStart(2, "0")).join(":")
}

const showLine = ({ nick, text, time }: Line): string =>
  `${styleText("dim", clockTime(time))} ${styleText("cyan", nick)}: ${printable(text)}`

const showMembers = (members: ReadonlyArray<Member>): string =>
  members.map(({ nick }) => nick).join(", ")

const showEvent = (event: ChatEvent): ReadonlyArray<string> => {
  switch (event._tag) {
    case "Came":
      return [styleText("green", `+ ${event.member.nick} is in ${event.room}`)]
    case "Went":
      return [styleText("yellow", `- ${event.member.nick} has left ${event.room}`)]
    case "Heard":
      return [showLine(event.line)]
    case "Recalled":
      return event.lines.map(showLine)
  }
}

/** What is typed, until it is time to leave. */
const obey = (initial: string) =>
  Effect.gen(function* () {
    const rooms = yield* ChatRooms
    const output = yield* Output
    let room = initial
    const complain = ({ message }: { readonly message: string }) =>
      output.write([styleText("red", printable(`error: ${message}`))])

    const enter = Effect.fnUntraced(function* (name: string) {
      if (!isName(name)) return yield* output.write([`${printable(name)} is no name for a room`])
      // Whoever left it to come back would forget what was said.
      if (name === room) return yield* output.write([`You are in ${room}.`])
      // Where that comes to nothing, one is where one was.
      yield* rooms.join(name)
      const left = room
      room = name
      yield* Effect.ignore(rooms.leave(left))
      yield* output.write([`You are in ${room}.`])
    })

    const command = (text: string): Effect.Effect<void, JoinError | SayError | OutputError> => {
      const [verb = "", argument = ""] = text.split(/\s+/)
      switch (verb) {
        case "/who":
          return Effect.flatMap(rooms.who(room), (members) => output.write([showMembers(members)]))
        case "/history":
          return Effect.flatMap(rooms.history(room), (lines) => output.write(lines.map(showLine)))
        case "/room":
          return enter(argument)
        case "/help":
          return output.write(HELP)
        default:
          return output.write([`There is no ${printable(verb)}; /help tells what there is.`])
      }
    }

    const hear = Effect.fnUntraced(function* (line: InputLines.Line) {
      if (Result.isFailure(line)) {
        yield* complain(line.failure)
        return true
      }
      const text = line.success.trim()
      if (text === "/quit") return false
      if (text === "") return true
      const done = text.startsWith("/") ? command(text) : Effect.asVoid(rooms.say(room, text))
      yield* Effect.catch(done, (error) =>
        error._tag === "OutputError" ? Effect.fail(error) : complain(error)
      )
      return true
    })

    const { stdin, stdinIsTerminal } = yield* Stdio.Stdio
    let isToldToStop = false
    yield* Stream.runForEachWhile(InputLines.lines(stdin), (line) =>
      Effect.map(hear(line), (goesOn) => {
        isToldToStop = !goesOn
        return goesOn
      })
    )
    // Whoever pipes its lines in may want to listen on.
    if (!isToldToStop && !(yield* stdinIsTerminal)) return yield* Effect.never
  })

/** Waits for a first peer, where one is to be joined: what is piped in is there before anybody hears it. */
const company = Effect.fnUntraced(function* ({ join }: ChatOptions) {
  const mesh = yield* Mesh
  const { stdinIsTerminal } = yield* Stdio.Stdio
  if (join.length === 0 || (yield* stdinIsTerminal)) return
  const met = Stream.filter(mesh.peerEvents, ({ _tag }) => _tag === "PeerConnected")
  yield* Effect.timeoutOption(Stream.runHead(met), COMPANY_TIMEOUT_MILLIS)
})

const talk = (options: ChatOptions) =>
  Effect.gen(function* () {
    const mesh = yield* Mesh
    const rooms = yield* ChatRooms
    const output = yield* Output
    const { stdinIsTerminal } = yield* Stdio.Stdio
    // Listens before it says that it is there, so that nothing is missed.
    const pull = yield* Stream.toPull(rooms.events)
    const shown = Effect.forever(
      Effect.flatMap(pull, (events) => output.write(events.flatMap(showEvent)))
    )
    const where = mesh.listening.length === 0 ? "nowhere" : mesh.listening.join(", ")
    yield* output.write([
      `${styleText("bold", options.nick)} is in ${options.room}, and listens on ${where}`,
      ...((yield* stdinIsTerminal) ? HELP : [])
    ])
    yield* rooms.join(options.room)
    yield* Effect.raceAllFirst([
      mesh.failure,
      Pull.catchDone(shown, () => Effect.never),
      Effect.andThen(company(options), obey(options.room))
    ])
  })

/** Runs a chatter until it leaves. */
export const run = (options: ChatOptions) =>
  Effect.andThen(
    check(options),
    talk(options).pipe(
      Effect.scoped,
      Effect.provide(ChatRooms.layer(options.nick)),
      NodeFlags.provide(options)
    )
  )
