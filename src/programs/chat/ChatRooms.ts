/**
 * The rooms of one chatter, as a service: it comes and goes, says and hears.
 *
 * Who comes into a room says so to everybody, and asks a member that it is connected to, else the first that
 * it hears of, who else is there and what was said before. Nobody answers such a word of itself: a word in
 * the name of a node that is not there would have all members seek it.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Pull from "effect/Pull"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { NodeId } from "../../domain/Ids.ts"
import type { ValueEncodeError } from "../../domain/MessagePack.ts"
import type { ProtocolError } from "../../domain/ProtocolDefinition.ts"
import { EventHub } from "../../services/EventHub.ts"
import type * as Protocol from "../../services/Protocol.ts"
import type { Protocols } from "../../services/Protocols.ts"
import type { BroadcastError } from "../../services/Relay.ts"
import {
  Chat,
  Here,
  type History,
  Left,
  type Line,
  type Member,
  MEMBERS_MAX,
  Name,
  NameError,
  NotInRoomError,
  Said,
  Text,
  TextError,
  WhoIsHere
} from "./ChatProtocol.ts"
import { Recall } from "./Recall.ts"
import * as Room from "./Room.ts"

/** Events that a listener may be behind; then it loses the oldest. */
const EVENTS_MAX = 4_096

/** Milliseconds between two words to those who have just been met: a peer may come and go as often as it likes. */
const GREETING_INTERVAL_MILLIS = 1_000

const isText: (text: string) => boolean = Schema.is(Text)

// A message with a bad name in it throws as it is made: before anything is done, it is looked at.
const isName: (text: string) => boolean = Schema.is(Name)
const checkName = (name: string) =>
  Effect.suspend(() => (isName(name) ? Effect.void : new NameError({ name })))

/** What befalls a room that one is in. */
export type ChatEvent =
  | { readonly _tag: "Came"; readonly room: string; readonly member: Member }
  | { readonly _tag: "Went"; readonly room: string; readonly member: Member }
  | { readonly _tag: "Heard"; readonly room: string; readonly line: Line }
  /** What was said before one came. */
  | { readonly _tag: "Recalled"; readonly room: string; readonly lines: ReadonlyArray<Line> }

/** Why a room could not be joined: one is not in it then. */
export type JoinError = NameError | ValueEncodeError | BroadcastError

/** Why a room could not be left. */
export type LeaveError = NotInRoomError | ValueEncodeError | BroadcastError

/** Why something could not be said to a room. */
export type SayError = LeaveError | TextError

/** Why a question was not answered. */
export type AskFailure = NameError | NotInRoomError | Protocol.AskError | Protocol.SendFailure

export class ChatRooms extends Context.Service<
  ChatRooms,
  {
    readonly id: NodeId
    readonly nick: string
    readonly join: (room: string) => Effect.Effect<void, JoinError>
    readonly leave: (room: string) => Effect.Effect<void, LeaveError>
    readonly say: (room: string, text: string) => Effect.Effect<Line, SayError>
    /** Who is in a room that one is in, oneself included. */
    readonly who: (room: string) => Effect.Effect<ReadonlyArray<Member>, NotInRoomError>
    /** What was said last in a room that one is in, the oldest first. */
    readonly history: (room: string) => Effect.Effect<ReadonlyArray<Line>, NotInRoomError>
    /** Asks another chatter who is in a room. */
    readonly askWho: (
      node: NodeId,
      room: string
    ) => Effect.Effect<ReadonlyArray<Member>, AskFailure>
    readonly events: Stream.Stream<ChatEvent>
  }
>()("effect-p2p/programs/chat/ChatRooms") {
  /** A chatter of some name, on a node. */
  static readonly layer = (
    nick: string
  ): Layer.Layer<ChatRooms, NameError | ProtocolError, Protocols> =>
    Layer.effect(ChatRooms, make(nick))
}

const make = Effect.fnUntraced(function* (nick: string) {
  yield* checkName(nick)
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const hub = new EventHub<ChatEvent>(EVENTS_MAX)
  const rooms = new Map<string, Room.Room>()

  const find = (room: string) =>
    Effect.suspend(() => {
      const found = rooms.get(room)
      return found === undefined ? Effect.fail(new NotInRoomError({ room })) : Effect.succeed(found)
    })

  /** Changes a room that one is in, and tells who has come or gone by it. */
  const change = (name: string, by: (room: Room.Room) => Room.Room) => {
    const before = rooms.get(name)
    if (before === undefined) return
    const after = by(before)
    rooms.set(name, after)
    if (after.members === before.members) return
    for (const member of Room.membersOf(after)) {
      if (before.members.has(member.id)) continue
      hub.publish({ _tag: "Came", room: name, member })
    }
    for (const member of Room.membersOf(before)) {
      if (after.members.has(member.id)) continue
      hub.publish({ _tag: "Went", room: name, member })
    }
  }

  const nowMillis = () => clock.currentTimeMillisUnsafe()

  /** Keeps lines, and returns those of them that are new. */
  const remember = (room: string, lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
    const before = new Set(rooms.get(room)?.lines.map(({ id }) => id))
    change(room, (known) => Room.said(known, lines, nowMillis()))
    return (rooms.get(room)?.lines ?? []).filter(({ id }) => !before.has(id))
  }

  const recall = new Recall({
    onMembers: (room, members) =>
      change(room, (known) =>
        Room.toldOf(
          known,
          members.filter(({ id }) => id !== chat.id),
          nowMillis()
        )
      ),
    onLines: (room, all) => {
      const lines = remember(room, all)
      if (lines.length > 0) hub.publish({ _tag: "Recalled", room, lines })
      return lines.length > 0
    }
  })

  const told = (room: string, line: Line) => {
    // Somebody may have told of it before it came.
    if (rooms.get(room)?.lines.some(({ id }) => id === line.id)) return
    remember(room, [line])
    hub.publish({ _tag: "Heard", room, line })
  }

  const chat: Protocol.Client<(typeof Chat)["definition"]["messages"]> = yield* Chat.make(
    Effect.gen(function* () {
      const chat = yield* Chat
      return {
        Here: Effect.fnUntraced(function* (
          { nick: theirs, room }: Here,
          { flag, id }: Protocol.Sender
        ) {
          if (!rooms.has(room) || flag !== "broadcast") return
          change(room, (known) => Room.here(known, { id, nick: theirs }, nowMillis()))
          yield* recall.fromMember(chat, room, id)
        }),
        Left: ({ room }: Left, { id }: Protocol.Sender) =>
          Effect.sync(() => change(room, (known) => Room.left(known, id))),
        // What one node alone is told was not said in the room; nor has it a time that anybody has checked.
        Said: ({ nick: theirs, room, text }: Said, { flag, message, time }: Protocol.Sender) =>
          Effect.sync(() => {
            if (!rooms.has(room) || flag !== "broadcast") return
            told(room, { id: message.id, nick: theirs, text, time })
          }),
        WhoIsHere: ({ room }: WhoIsHere) =>
          Effect.map(find(room), (known) =>
            [{ id: chat.id, nick }, ...Room.firstHand(known)].slice(0, MEMBERS_MAX)
          ),
        History: ({ last, room }: History) =>
          Effect.map(find(room), (known) => Room.lastLines(known, last))
      }
    })
  )

  const who = (room: string) =>
    Effect.map(find(room), (known) => [{ id: chat.id, nick }, ...Room.membersOf(known)])

  const join = Effect.fnUntraced(function* (room: string) {
    if (rooms.has(room)) return
    yield* checkName(room)
    rooms.set(room, Room.empty)
    recall.begin(room)
    yield* Effect.onError(chat.broadcast(new Here({ room, nick })), () =>
      Effect.sync(() => {
        rooms.delete(room)
        recall.end(room)
      })
    )
    yield* Effect.forkIn(
      Effect.flatMap(chat.peers, (peers) => recall.fromPeers(chat, peers)),
      scope
    )
  })

  const leave = Effect.fnUntraced(function* (room: string) {
    yield* find(room)
    rooms.delete(room)
    recall.end(room)
    yield* chat.broadcast(new Left({ room }))
  })

  const say = Effect.fnUntraced(function* (room: string, text: string) {
    yield* find(room)
    if (!isText(text)) return yield* new TextError({ chars: text.length })
    const { id } = yield* chat.broadcast(new Said({ room, nick, text }))
    const time = Math.floor(nowMillis() / 1000)
    const line: Line = { id, nick, text, time }
    remember(room, [line])
    return line
  })

  /** Says where one is. */
  const sayHere = Effect.suspend(() =>
    Effect.forEach(
      [...rooms.keys()],
      (room) => Effect.ignore(chat.broadcast(new Here({ room, nick })), { log: "Debug" }),
      { discard: true }
    )
  )

  /** Says it again and again, and forgets those who say it no more. */
  const renew = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(Room.HERE_INTERVAL_MILLIS)
      yield* sayHere
      for (const room of rooms.keys()) {
        change(room, (known) => Room.expire(known, nowMillis()))
      }
    }
  })
  yield* Effect.forkIn(renew, scope)
  // Whoever comes may bring a whole network along, which has not heard it yet.
  const greet = Effect.gen(function* () {
    const pull = yield* Stream.toPull(chat.announcements)
    while (true) {
      const peers = (yield* pull).filter(({ versions }) => versions !== undefined)
      if (peers.length === 0) continue
      yield* sayHere
      yield* Effect.forkIn(recall.fromPeers(chat, peers), scope)
      yield* Effect.sleep(GREETING_INTERVAL_MILLIS)
    }
  })
  yield* Effect.forkIn(Effect.scoped(Pull.catchDone(greet, () => Effect.void)), scope)
  yield* Effect.addFinalizer(() =>
    Effect.andThen(
      Effect.forEach([...rooms.keys()], (room) => Effect.ignore(leave(room)), { discard: true }),
      hub.close
    )
  )

  return ChatRooms.of({
    id: chat.id,
    nick,
    join,
    leave,
    say,
    who,
    history: (room) => Effect.map(find(room), ({ lines }) => lines),
    askWho: (node, room) =>
      Effect.andThen(
        checkName(room),
        Effect.suspend(() => chat.ask(node, new WhoIsHere({ room })))
      ),
    events: hub.stream
  })
})
