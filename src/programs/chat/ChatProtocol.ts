/**
 * What chatters say to each other: a typed protocol, and the example of one.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { NodeId } from "../../domain/Ids.ts"
import * as Protocol from "../../services/Protocol.ts"

/** Longest name of a person or a room, in characters: one word on a line of a terminal. */
export const NAME_MAX_CHARS = 32

/** Longest line, in characters: some screens full. */
export const TEXT_MAX_CHARS = 2_000

/** Lines that a room remembers, and so that are told at most to one who asks. */
export const HISTORY_MAX_LINES = 200

/** Members of a room that are remembered, and told at most: so many fit into an answer that is carried. */
export const MEMBERS_MAX = 256

/** Letters, digits, `-`, `_` and `.`: one word that does nothing to a terminal. */
export const Name = Schema.String.check(
  Schema.isPattern(new RegExp(`^[\\p{L}\\p{N}._-]{1,${NAME_MAX_CHARS}}$`, "u"))
)

/** What {@link Name} wants, in words. */
export const NAME_RULE = `a name has 1 to ${NAME_MAX_CHARS} letters, digits, "-", "_" or "."`

export const Text = Schema.NonEmptyString.check(Schema.isMaxLength(TEXT_MAX_CHARS))

/** Somebody in a room. */
export const Member = Schema.Struct({ id: NodeId, nick: Name })
export type Member = typeof Member.Type

/** Latest time of a line, in seconds: what four bytes hold, and any calendar can show. */
export const TIME_MAX_SECONDS = 0xffff_ffff

const MessageIdText = Schema.String.check(Schema.isPattern(/^[1-9A-HJ-NP-Za-km-z]{1,44}$/))

/** Something that was said in a room. */
export const Line = Schema.Struct({
  /** The id of the message that brought it: the same for all who have heard it. */
  id: MessageIdText,
  nick: Name,
  text: Text,
  /** Seconds of Unix time, by the clock of who has said it. */
  time: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: TIME_MAX_SECONDS }))
})
export type Line = typeof Line.Type

/** The sender is in a room: said when it comes, and again and again while it stays. */
export class Here extends Schema.TaggedClass<Here>()("Here", { room: Name, nick: Name }) {}

/** The sender leaves a room. */
export class Left extends Schema.TaggedClass<Left>()("Left", { room: Name }) {}

/** The sender says something in a room. */
export class Said extends Schema.TaggedClass<Said>()("Said", {
  room: Name,
  nick: Name,
  text: Text
}) {}

/** Who is in a room? Answered by those who are in it themselves. */
export class WhoIsHere extends Schema.TaggedClass<WhoIsHere>()("WhoIsHere", { room: Name }) {}

/** What was said last in a room? */
export class History extends Schema.TaggedClass<History>()("History", {
  room: Name,
  last: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: HISTORY_MAX_LINES }))
}) {}

/** Who was asked is not in that room, and knows nothing of it. */
export class NotInRoomError extends Schema.TaggedError<NotInRoomError>()("NotInRoomError", {
  room: Schema.String
}) {
  override get message() {
    return `not in room ${JSON.stringify(this.room)}`
  }
}

/** No name of a person or a room. */
export class NameError extends Schema.TaggedError<NameError>()("NameError", {
  name: Schema.String
}) {
  override get message() {
    return `${JSON.stringify(this.name)}: ${NAME_RULE}`
  }
}

/** Nothing that can be said: it is empty, or too long. */
export class TextError extends Schema.TaggedError<TextError>()("TextError", {
  chars: Schema.Int
}) {
  override get message() {
    return `a line has 1 to ${TEXT_MAX_CHARS} characters, not ${this.chars}`
  }
}

export class Chat extends Protocol.Service<Chat>()("chat", {
  version: 1,
  messages: [
    Protocol.message(0x30, Here),
    Protocol.message(0x31, Left),
    Protocol.message(0x32, Said),
    Protocol.request(0x33, WhoIsHere, {
      answer: Schema.Array(Member).check(Schema.isMaxLength(MEMBERS_MAX)),
      error: NotInRoomError
    }),
    Protocol.request(0x34, History, {
      answer: Schema.Array(Line).check(Schema.isMaxLength(HISTORY_MAX_LINES)),
      error: NotInRoomError
    })
  ]
}) {}
