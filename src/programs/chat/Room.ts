/**
 * What a chatter knows of a room that it is in: who else is there, and what was said. Pure: each function gives
 * the room after something has happened.
 *
 * A member is remembered until its time is up: one that vanishes without a word, however many hops away, is
 * gone when it has not said for a while that it is here. Whom others only tell of is not passed on as a
 * member, so that no two chatters keep one alive for each other.
 *
 * @since 0.1.0
 */
import type { NodeId } from "../../domain/Ids.ts"
import { MESSAGE_LEAD_MAX_SECONDS } from "../../domain/Limits.ts"
import { HISTORY_MAX_LINES, type Line, type Member, MEMBERS_MAX } from "./ChatProtocol.ts"

/** Milliseconds between two words that one is here. */
export const HERE_INTERVAL_MILLIS = 10_000

/** Milliseconds for which such a word is good: two of them may get lost. */
export const HERE_LEASE_MILLIS = 35_000

/**
 * Bytes of lines that are told at most to one who asks, counted at their worst: with all around them they fit
 * into a message that is carried (`CARRY_MAX_BYTES`), wherever the asker is.
 */
export const HISTORY_ANSWER_MAX_BYTES = 56 * 1024

/** Most bytes that a line's id, its time and the names of its fields take. */
const LINE_OVERHEAD_BYTES = 128

/** Most bytes of UTF-8 that a UTF-16 unit takes. */
const UNIT_MAX_BYTES = 3

interface Stay {
  readonly nick: string
  readonly untilMillis: number
  /** Whether it has told so itself. */
  readonly isFirstHand: boolean
}

export interface Room {
  readonly members: ReadonlyMap<NodeId, Stay>
  /** The oldest first, each once. */
  readonly lines: ReadonlyArray<Line>
}

export const empty: Room = { members: new Map(), lines: [] }

const stay = (room: Room, { id, nick }: Member, nowMillis: number, isFirstHand: boolean): Room => {
  if (!room.members.has(id) && room.members.size >= MEMBERS_MAX) return room
  const untilMillis = nowMillis + HERE_LEASE_MILLIS
  return { ...room, members: new Map(room.members).set(id, { nick, untilMillis, isFirstHand }) }
}

/** Somebody says that it is here; one more than are remembered is not. */
export const here = (room: Room, member: Member, nowMillis: number): Room =>
  stay(room, member, nowMillis, true)

/** Somebody tells who is here: those that are known are not renewed by it. */
export const toldOf = (room: Room, members: ReadonlyArray<Member>, nowMillis: number): Room => {
  let told = room
  for (const member of members) {
    if (!told.members.has(member.id)) told = stay(told, member, nowMillis, false)
  }
  return told
}

/** Somebody has left. */
export const left = (room: Room, id: NodeId): Room => {
  const members = new Map(room.members)
  return members.delete(id) ? { ...room, members } : room
}

/** Those whose time is up are gone. */
export const expire = (room: Room, nowMillis: number): Room => {
  const members = new Map(
    [...room.members].filter(([, { untilMillis }]) => untilMillis > nowMillis)
  )
  return members.size === room.members.size ? room : { ...room, members }
}

/**
 * Lines that were said, or that somebody remembers; those that are known already change nothing. Nor do those
 * of a time to come: they would stay the last for ever.
 */
export const said = (room: Room, lines: ReadonlyArray<Line>, nowMillis: number): Room => {
  const known = new Set(room.lines.map(({ id }) => id))
  const latest = nowMillis / 1000 + MESSAGE_LEAD_MAX_SECONDS
  const fresh = lines.filter(({ id, time }) => !known.has(id) && time <= latest)
  if (fresh.length === 0) return room
  // A stable sort: lines of one second stay in the order in which they came.
  const all = [...room.lines, ...fresh].toSorted((a, b) => a.time - b.time)
  return { ...room, lines: all.slice(-HISTORY_MAX_LINES) }
}

/** The lines that were said last, as many as may be told at once. */
export const lastLines = ({ lines }: Room, last: number): ReadonlyArray<Line> => {
  let bytes = 0
  let start = lines.length
  for (const { nick, text } of lines.slice(-last).toReversed()) {
    bytes += LINE_OVERHEAD_BYTES + UNIT_MAX_BYTES * (nick.length + text.length)
    if (bytes > HISTORY_ANSWER_MAX_BYTES) break
    start--
  }
  return lines.slice(start)
}

const byNick = (a: Member, b: Member): number =>
  a.nick < b.nick ? -1 : a.nick > b.nick ? 1 : a.id < b.id ? -1 : 1

/** Who is here, by their names. */
export const membersOf = ({ members }: Room): ReadonlyArray<Member> =>
  [...members].map(([id, { nick }]) => ({ id, nick })).toSorted(byNick)

/** Those of them who have told so themselves. */
export const firstHand = ({ members }: Room): ReadonlyArray<Member> =>
  [...members]
    .flatMap(([id, { isFirstHand, nick }]) => (isFirstHand ? [{ id, nick }] : []))
    .toSorted(byNick)
