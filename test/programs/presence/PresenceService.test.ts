// Presence on the nodes of a simulation, and the feed over it: what takes chance or minutes to see with
// processes.

import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as MeshNode from "../../../src/layers/MeshNode.ts"
import { Simulation } from "../../../src/layers/simulation/Simulation.ts"
import { EventFeed, since } from "../../../src/programs/presence/EventFeed.ts"
import { judge } from "../../../src/programs/presence/Health.ts"
import { Presence } from "../../../src/programs/presence/Presence.ts"
import {
  EVENTS_KEPT_MAX,
  READER_EVENTS_MAX,
  USERS_PER_SERVER_MAX
} from "../../../src/programs/presence/PresenceLimits.ts"
import { addressOf, simulate, until } from "../../suites/Network.ts"

/** Starts a server's node, and what is over it but for HTTP. */
const start = Effect.fnUntraced(function* (name: string, join: ReadonlyArray<string> = []) {
  const { node } = yield* Simulation
  const context = yield* node(
    name,
    EventFeed.layer.pipe(
      Layer.provideMerge(Presence.layer({ name })),
      Layer.provideMerge(
        MeshNode.layer({
          subnets: ["presence"],
          listen: [addressOf(name)],
          maxOutgoing: 0,
          join: join.map(addressOf)
        })
      )
    )
  )
  return { presence: Context.get(context, Presence), feed: Context.get(context, EventFeed) }
})

type Server = Effect.Success<ReturnType<typeof start>>

/** Who is online where, as a server sees it: `ada@one`. */
const online = ({ presence }: Server): ReadonlyArray<string> =>
  presence
    .servers()
    .flatMap(({ name, users }) => [...users.keys()].map((user) => `${user}@${name}`))
    .toSorted()

const text = (server: Server) => online(server).join(" ")

describe("presence", () => {
  it("is known to one that joins late, also of servers that are no peers of its", () => {
    const seen = simulate(
      Effect.gen(function* () {
        const one = yield* start("one")
        const two = yield* start("two", ["one"])
        yield* one.presence.checkIn("ada")
        yield* one.presence.say("hall", "ada", "hello")
        yield* until("two sees ada", () => text(two) === "ada@one")
        const three = yield* start("three", ["two"])
        yield* until("three sees ada", () => text(three) === "ada@one")
        return yield* three.presence.lines("hall", 10)
      })
    )
    expect(seen).toMatchObject([{ user: "ada", text: "hello" }])
  })

  it("of one name that was checked in twice at once ends at the earlier server", () => {
    const seen = simulate(
      Effect.gen(function* () {
        const one = yield* start("one")
        const two = yield* start("two")
        yield* one.presence.checkIn("ada")
        yield* Effect.sleep(1)
        yield* two.presence.checkIn("ada")
        const bridge = yield* start("bridge", ["one", "two"])
        yield* until("all agree", () =>
          [one, two, bridge].every((server) => text(server) === "ada@one")
        )
        return yield* Effect.flip(two.presence.checkIn("ada"))
      })
    )
    expect(seen).toMatchObject({ _tag: "NameTaken", server: "one" })
  })

  it("of a server that leaves ends at once, and never comes back", () => {
    const seen = simulate(
      Effect.gen(function* () {
        const one = yield* start("one")
        const reader = yield* one.feed.follow(undefined)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const two = yield* start("two", ["one"])
            yield* two.presence.checkIn("ben")
            yield* until("one sees ben", () => text(one) === "ben@two")
          })
        )
        const changes = Stream.map(reader.live, ({ change }) => change)
        const down = yield* Stream.runHead(
          Stream.filter(changes, ({ _tag }) => _tag === "ServerDown")
        )
        yield* Effect.sleep("1 minute")
        return [Option.getOrUndefined(down), one.presence.servers().map(({ name }) => name)]
      })
    )
    expect(seen).toMatchObject([{ server: "two", reason: "Left" }, ["one"]])
  })

  it("has room for so many users at one server", () => {
    const seen = simulate(
      Effect.gen(function* () {
        const { presence } = yield* start("one")
        for (let i = 0; i < USERS_PER_SERVER_MAX; i++) yield* presence.checkIn(`u${i}`)
        const error = yield* Effect.flip(presence.checkIn("ada"))
        yield* presence.checkOut("u0")
        yield* presence.checkIn("ada")
        return error
      })
    )
    expect(seen).toMatchObject({ _tag: "Unavailable", reason: "TooManyUsers" })
  })
})

describe("the feed", () => {
  it("drops a reader that does not take, tells it why, and holds up nobody", () => {
    const seen = simulate(
      Effect.gen(function* () {
        const { feed, presence } = yield* start("one")
        const slow = yield* feed.follow(undefined)
        const quick = yield* feed.follow(undefined)
        const took: Array<string> = []
        yield* Effect.forkScoped(
          Stream.runForEach(quick.live, ({ id }) => Effect.sync(() => took.push(id)))
        )
        yield* presence.checkIn("ada")
        for (let i = 0; i < READER_EVENTS_MAX; i++) {
          yield* presence.say("hall", "ada", `${i}`)
          yield* Effect.sleep(1)
        }
        const reason = yield* slow.ended
        const rest = yield* Stream.runCollect(slow.live)
        return { reason, rest: rest.length, took: took.length }
      })
    )
    expect(seen).toEqual({
      reason: "TooSlow",
      rest: READER_EVENTS_MAX,
      took: READER_EVENTS_MAX + 1
    })
  })

  it("ends its readers when it closes, and takes no more", () => {
    const seen = simulate(
      Effect.gen(function* () {
        const { feed } = yield* start("one")
        const reader = yield* feed.follow(undefined)
        yield* feed.close
        yield* Stream.runDrain(reader.live)
        return [yield* reader.ended, yield* Effect.flip(feed.follow(undefined))]
      })
    )
    expect(seen).toMatchObject(["Stopping", { _tag: "Unavailable", reason: "Stopping" }])
  })

  it("gives what was missed, or says that it is no longer kept", () => {
    const seen = simulate(
      Effect.gen(function* () {
        const { feed, presence } = yield* start("one")
        const reader = yield* feed.follow(undefined)
        yield* presence.checkIn("ada")
        const [first] = yield* Stream.runCollect(Stream.take(reader.live, 1))
        for (let i = 0; i < 3; i++) yield* presence.say("hall", "ada", `${i}`)
        yield* Effect.sleep(1)
        const back = yield* feed.follow(first?.id)
        for (let i = 0; i < EVENTS_KEPT_MAX; i++) {
          yield* presence.say("hall", "ada", `more ${i}`)
          yield* Effect.sleep(1)
        }
        const late = yield* feed.follow(first?.id)
        return [back.missed.length, back.isReset, late.missed.length, late.isReset]
      })
    )
    expect(seen).toEqual([3, false, 0, true])
  })

  it("finds what came after an event", () => {
    const change = { _tag: "Offline", user: "ada", server: "one" } as const
    const kept = ["r-4", "r-5", "r-6"].map((id) => ({ id, change }))
    expect(since(kept, "r-5")).toEqual([{ id: "r-6", change }])
    expect(since(kept, "r-6")).toEqual([])
    expect(since(kept, "r-3")).toBeUndefined()
  })
})

describe("health", () => {
  it("is the worst of what there is to say", () => {
    const well = { isStopping: false, escalation: undefined, peers: 0, joins: false }
    expect(judge(well).status).toBe("up")
    expect(judge({ ...well, joins: true }).status).toBe("joining")
    expect(judge({ ...well, joins: true, peers: 1 }).status).toBe("up")
    expect(judge({ ...well, isStopping: true, joins: true }).status).toBe("stopping")
    expect(judge({ ...well, isStopping: true, escalation: "given up" })).toEqual({
      status: "escalated",
      detail: "given up"
    })
  })
})
