import { describe, expect, it } from "@effect/vitest"
import { NodeId } from "../../../src/domain/Ids.ts"
import { LINES_MAX, SERVERS_MAX } from "../../../src/programs/presence/PresenceLimits.ts"
import type { Line, User } from "../../../src/programs/presence/PresenceProtocol.ts"
import {
  contested,
  elsewhere,
  expire,
  type Heard,
  initial,
  linesOf,
  type State,
  step
} from "../../../src/programs/presence/PresenceState.ts"

const a = NodeId.make("a")
const b = NodeId.make("b")
const user = (name: string, status = "", sinceMillis = 0): User => ({ name, status, sinceMillis })
const roster = (name: string, number: number, ...users: ReadonlyArray<User>): Heard => ({
  _tag: "RosterTold",
  roster: { name, number, leaseMillis: 1_000, users }
})
const line = (id: string, room = "hall"): Line => ({
  id,
  room,
  user: "ada",
  text: `text ${id}`,
  atMillis: 0
})

const after = (...heard: ReadonlyArray<readonly [NodeId, Heard]>): State =>
  heard.reduce((state, [id, each]) => step(state, id, each, 0).state, initial)

describe("a roster", () => {
  it("brings a server up with its users, and replaces an older one by what differs", () => {
    const first = step(initial, a, roster("one", 3, user("ada"), user("ben")), 0)
    expect(first.changes).toEqual([
      { _tag: "ServerUp", server: "one", id: a },
      { _tag: "Online", user: "ada", server: "one", status: "" },
      { _tag: "Online", user: "ben", server: "one", status: "" }
    ])
    const second = step(first.state, a, roster("one", 5, user("ben", "away"), user("cyd")), 0)
    expect(second.changes).toEqual([
      { _tag: "Offline", user: "ada", server: "one" },
      { _tag: "StatusSet", user: "ben", server: "one", status: "away" },
      { _tag: "Online", user: "cyd", server: "one", status: "" }
    ])
    expect(step(second.state, a, roster("one", 4), 0).state).toBe(second.state)
  })

  it("of one server too many is not taken in", () => {
    const full = after(
      ...Array.from(
        { length: SERVERS_MAX },
        (_, i) => [NodeId.make(`n${i}`), roster(`s${i}`, 0)] as const
      )
    )
    expect(step(full, a, roster("one", 0), 0).state).toBe(full)
  })
})

describe("a change of a user", () => {
  const state = after([a, roster("one", 3, user("ada"))])

  it("is taken in if it is the next", () => {
    const there = step(state, a, { _tag: "UserThere", number: 4, user: user("ben") }, 0)
    expect(there.changes).toMatchObject([{ _tag: "Online", user: "ben" }])
    const gone = step(there.state, a, { _tag: "UserGone", number: 5, name: "ada" }, 0)
    expect(gone.changes).toMatchObject([{ _tag: "Offline", user: "ada" }])
    expect(gone.state.servers.get(a)).toMatchObject({ number: 5 })
  })

  it("that is known already is nothing, and one that leaves a gap shows that some are missed", () => {
    const known = step(state, a, { _tag: "UserGone", number: 3, name: "ada" }, 0)
    expect(known).toEqual({ state, changes: [], isStale: false })
    const gap = step(state, a, { _tag: "UserGone", number: 5, name: "ada" }, 0)
    expect(gap).toEqual({ state, changes: [], isStale: true })
    const unknown = step(state, b, { _tag: "UserGone", number: 1, name: "ada" }, 0)
    expect(unknown).toEqual({ state, changes: [], isStale: true })
  })
})

describe("a lease", () => {
  const state = after([a, roster("one", 3, user("ada"))], [b, roster("two", 0)])

  it("that ends takes the server's users with it, and no other's", () => {
    expect(expire(state, 999).changes).toEqual([])
    const alive = step(state, b, { _tag: "Alive", number: 0, leaseMillis: 2_000 }, 500)
    const ended = expire(alive.state, 1_000)
    expect(ended.changes).toEqual([
      { _tag: "Offline", user: "ada", server: "one" },
      { _tag: "ServerDown", server: "one", id: a, reason: "Lost" }
    ])
    expect([...ended.state.servers.keys()]).toEqual([b])
    expect(expire(ended.state, 2_500).changes).toMatchObject([{ server: "two" }])
  })

  it("that is renewed with a later number shows that changes are missed", () => {
    const renewed = step(state, a, { _tag: "Alive", number: 4, leaseMillis: 1_000 }, 500)
    expect(renewed.isStale).toBe(true)
    expect(renewed.state.servers.get(a)).toMatchObject({ number: 3, endsMillis: 1_500 })
  })

  it("ends at once when the server leaves", () => {
    const left = step(state, a, { _tag: "Leaving" }, 0)
    expect(left.changes).toMatchObject([
      { _tag: "Offline", user: "ada" },
      { _tag: "ServerDown", reason: "Left" }
    ])
    expect(step(left.state, a, { _tag: "Leaving" }, 0).changes).toEqual([])
  })
})

describe("a name at two servers", () => {
  it("is the earlier one's, and both see it so", () => {
    const state = after(
      [a, roster("one", 1, user("ada", "", 20), user("ben", "", 5))],
      [b, roster("two", 1, user("ada", "", 10), user("ben", "", 5))]
    )
    const names = ["ada", "ben", "cyd"]
    expect(contested(state, a, names)).toEqual(["ada"])
    expect(contested(state, b, names)).toEqual(["ben"])
    expect(elsewhere(state, "ada", a)).toMatchObject({ name: "two" })
    expect(elsewhere(state, "cyd", a)).toBeUndefined()
  })
})

describe("lines", () => {
  it("come once each, and the last of a room are found", () => {
    const told = [line("1"), line("2", "attic"), line("3"), line("1")]
    const { changes, state } = step(initial, a, { _tag: "LinesTold", lines: told }, 0)
    expect(changes).toEqual(told.slice(0, 3).map((each) => ({ _tag: "Said", line: each })))
    expect(linesOf(state, "hall", 10)).toEqual([line("1"), line("3")])
    expect(linesOf(state, "hall", 1)).toEqual([line("3")])
    expect(linesOf(state, "cellar", 1)).toBeUndefined()
    expect(step(state, b, { _tag: "LinesTold", lines: told }, 0).changes).toEqual([])
  })

  it("are forgotten, the oldest first", () => {
    const lines = Array.from({ length: LINES_MAX + 1 }, (_, i) => line(String(i)))
    const { state } = step(initial, a, { _tag: "LinesTold", lines }, 0)
    expect(state.lines).toEqual(lines.slice(1))
  })
})
