/**
 * What a chatter knows of a room that it is in: who else is there, and what was said. Pure: each function gives
 * the room after something has happened.
 *
 * A member is remembered until its time is up: one that vanishes without a word, however many hops away, is
 * gone when it has not said for a while that it is here.
 *
 * @since 0.1.0
 */
import type { NodeId } from "../../domain/Ids.ts"
import { HISTORY_MAX_LINES, type Line, type Member, MEMBERS_MAX } from "./ChatProtocol.ts"

/** Milliseconds between two words that one is here. */
export const HERE_INTERVAL_MILLIS = 10_000

/** Milliseconds for which such a word is good: two of them may get lost. */
export const HERE_LEASE_MILLIS = 35_000

interface Stay {
  readonly nick: string
  readonly untilMillis: number
}

export interface Room {
  readonly members: ReadonlyMap<NodeId, Stay>
  /** The oldest first, each once. */
  readonly lines: ReadonlyArray<Line>
}

export const empty: Room = { members: new Map(), lines: [] }

/** Somebody is here; one more than are remembered is not. */
export const here = (room: Room, { id, nick }: Member, nowMillis: number): Room => {
  if (!room.members.has(id) && room.members.size >= MEMBERS_MAX) return room
  const members = new Map(room.members).set(id, {
    nick,
    untilMillis: nowMillis + HERE_LEASE_MILLIS
  })
  return { ...room, members }
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

/** Lines that were said, or that somebody remembers; those that are known already change nothing. */
export const said = (room: Room, lines: ReadonlyArray<Line>): Room => {
  const known = new Set(room.lines.map(({ id }) => id))
  const fresh = lines.filter(({ id }) => !known.has(id))
  if (fresh.length === 0) return room
  // A stable sort: lines of one second stay in the order in which they came.
  const all = [...room.lines, ...fresh].toSorted((a, b) => a.time - b.time)
  return { ...room, lines: all.slice(-HISTORY_MAX_LINES) }
}

/** Who is here, by their names. */
export const membersOf = ({ members }: Room): ReadonlyArray<Member> =>
  [...members]
    .map(([id, { nick }]) => ({ id, nick }))
    .toSorted((a, b) => (a.nick < b.nick ? -1 : a.nick > b.nick ? 1 : a.id < b.id ? -1 : 1))
