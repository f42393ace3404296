import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { NodeId } from "../../../src/domain/Ids.ts"
import { CARRY_MAX_BYTES } from "../../../src/domain/Limits.ts"
import * as MessagePack from "../../../src/domain/MessagePack.ts"
import {
  HISTORY_MAX_LINES,
  MEMBERS_MAX,
  TEXT_MAX_CHARS
} from "../../../src/programs/chat/ChatProtocol.ts"
import * as Room from "../../../src/programs/chat/Room.ts"

const ana = { id: NodeId.make("a"), nick: "ana" }
const ben = { id: NodeId.make("b"), nick: "ben" }
const line = (id: string, time: number) => ({ id, nick: "ana", text: id, time })

describe("a room", () => {
  it("has those who are here, by their names, and not those who have left", () => {
    const both = Room.here(Room.here(Room.empty, ben, 0), ana, 0)
    expect(Room.membersOf(both)).toEqual([ana, ben])
    expect(Room.membersOf(Room.left(both, ana.id))).toEqual([ben])
    expect(Room.left(Room.empty, ana.id)).toBe(Room.empty)
  })

  it("forgets who has not said for a while that it is here", () => {
    const room = Room.here(Room.here(Room.empty, ana, 0), ben, 20_000)
    expect(Room.membersOf(Room.expire(room, Room.HERE_LEASE_MILLIS - 1))).toEqual([ana, ben])
    expect(Room.membersOf(Room.expire(room, Room.HERE_LEASE_MILLIS))).toEqual([ben])
    const renewed = Room.here(room, ana, 30_000)
    expect(Room.membersOf(Room.expire(renewed, Room.HERE_LEASE_MILLIS))).toEqual([ana, ben])
  })

  it("bears the loss of two such words", () => {
    expect(Room.HERE_LEASE_MILLIS).toBeGreaterThan(3 * Room.HERE_INTERVAL_MILLIS)
  })

  it("remembers no more members than it may, and those it has", () => {
    let room = Room.empty
    for (let i = 0; i < MEMBERS_MAX + 10; i++) {
      room = Room.here(room, { id: NodeId.make(`n${i}`), nick: `n${i}` }, 0)
    }
    expect(room.members.size).toBe(MEMBERS_MAX)
    const renamed = Room.here(room, { id: NodeId.make("n0"), nick: "zoe" }, 0)
    expect(renamed.members.get(NodeId.make("n0"))?.nick).toBe("zoe")
  })

  it("has each line once, in the order of their times", () => {
    const room = Room.said(Room.empty, [line("one", 1), line("three", 3)], 0)
    const whole = Room.said(room, [line("two", 2), line("three", 3), line("also", 3)], 0)
    expect(whole.lines.map(({ id }) => id)).toEqual(["one", "two", "three", "also"])
    expect(Room.said(whole, [line("one", 1)], 0)).toBe(whole)
  })

  it("remembers the last lines only", () => {
    const lines = Array.from({ length: HISTORY_MAX_LINES + 5 }, (_, i) => line(`l${i}`, i))
    const room = Room.said(Room.empty, lines, 0)
    expect(room.lines).toHaveLength(HISTORY_MAX_LINES)
    expect(room.lines[0]?.id).toBe("l5")
  })

  it("does not keep lines of a time to come, which would be its last for ever", () => {
    const room = Room.said(Room.empty, [line("now", 1_000), line("never", 2_000)], 1_000_000)
    expect(room.lines.map(({ id }) => id)).toEqual(["now"])
  })

  it("has those that others tell of, for a while, and passes on those that it has heard", () => {
    const room = Room.toldOf(Room.here(Room.empty, ana, 0), [ana, ben], 10_000)
    expect(Room.membersOf(room)).toEqual([ana, ben])
    expect(Room.firstHand(room)).toEqual([ana])
    expect(Room.membersOf(Room.expire(room, Room.HERE_LEASE_MILLIS))).toEqual([ben])
    expect(Room.firstHand(Room.here(room, ben, 20_000))).toEqual([ana, ben])
  })

  it("tells as many of its last lines as a carried answer holds", () => {
    const short = Array.from({ length: 50 }, (_, i) => line(`l${i}`, i))
    expect(Room.lastLines(Room.said(Room.empty, short, 0), 20)).toEqual(short.slice(-20))
    const long = Array.from({ length: HISTORY_MAX_LINES }, (_, i) => ({
      ...line("1".repeat(42) + String(100 + i).replaceAll("0", "z"), i),
      nick: "\u{10400}".repeat(32),
      text: "\u20ac".repeat(TEXT_MAX_CHARS)
    }))
    const told = Room.lastLines(Room.said(Room.empty, long, 0), HISTORY_MAX_LINES)
    expect(told.length).toBeGreaterThan(5)
    expect(told.at(-1)).toEqual(long.at(-1))
    const bytes = Result.getOrThrow(MessagePack.encode(told)).length
    expect(bytes).toBeLessThan(CARRY_MAX_BYTES)
    expect(bytes).toBeGreaterThan(CARRY_MAX_BYTES / 2)
  })
})
