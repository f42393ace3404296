// Chatters on the nodes of a simulation.

import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Main } from "../../../src/domain/Flags.ts"
import { subnetId } from "../../../src/domain/Ids.ts"
import * as MessagePack from "../../../src/domain/MessagePack.ts"
import * as MeshNode from "../../../src/layers/MeshNode.ts"
import { hasher } from "../../../src/layers/PureHashing.ts"
import { Simulation } from "../../../src/layers/simulation/Simulation.ts"
import {
  Chat,
  Here,
  type Line,
  MEMBERS_MAX,
  Said,
  TEXT_MAX_CHARS
} from "../../../src/programs/chat/ChatProtocol.ts"
import { type ChatEvent, ChatRooms } from "../../../src/programs/chat/ChatRooms.ts"
import { HERE_INTERVAL_MILLIS, HERE_LEASE_MILLIS } from "../../../src/programs/chat/Room.ts"
import { Mesh } from "../../../src/services/Mesh.ts"
import { addressOf, simulate, until } from "../../suites/Network.ts"
import { dialNode } from "../../suites/RawPeer.ts"

interface Chatter {
  readonly rooms: ChatRooms["Service"]
  readonly events: ReadonlyArray<ChatEvent>
  readonly peers: () => number
}

/** A chatter on a node of its own, which joins another. */
const chatter = Effect.fnUntraced(function* (name: string, join: ReadonlyArray<string>) {
  const { node } = yield* Simulation
  const context = yield* node(
    name,
    ChatRooms.layer(name).pipe(
      Layer.provideMerge(
        MeshNode.layer({
          subnets: ["chat"],
          listen: [addressOf(name)],
          maxOutgoing: 0,
          join: join.map(addressOf)
        })
      )
    )
  )
  const rooms = Context.get(context, ChatRooms)
  const mesh = Context.get(context, Mesh)
  const events: Array<ChatEvent> = []
  yield* Effect.forkScoped(
    Stream.runForEach(rooms.events, (event) => Effect.sync(() => events.push(event)))
  )
  const one: Chatter = { rooms, events, peers: () => Effect.runSync(mesh.peers).length }
  return one
})

/** One that speaks the protocol by hand: it answers what it is told to, and says nothing of itself. */
const puppet = Effect.fnUntraced(function* (
  name: string,
  join: ReadonlyArray<string>,
  lines: ReadonlyArray<Line> = []
) {
  const { node } = yield* Simulation
  const silent = Chat.layer({
    Here: () => Effect.void,
    Left: () => Effect.void,
    Said: () => Effect.void,
    WhoIsHere: () => Effect.succeed([]),
    History: () => Effect.succeed(lines)
  })
  const context = yield* node(
    name,
    Layer.provideMerge(
      silent,
      MeshNode.layer({
        subnets: ["chat"],
        listen: [addressOf(name)],
        maxOutgoing: 0,
        join: join.map(addressOf)
      })
    )
  )
  const chat = Context.get(context, Chat)
  yield* Stream.runHead(chat.announcements)
  return { chat, mesh: Context.get(context, Mesh) }
})

/** ana - ben - cem, all in the lobby. */
const three = Effect.gen(function* () {
  const ana = yield* chatter("ana", [])
  const ben = yield* chatter("ben", ["ana"])
  const cem = yield* chatter("cem", ["ben"])
  yield* until("a line", () => ana.peers() === 1 && ben.peers() === 2 && cem.peers() === 1)
  for (const { rooms } of [ana, ben, cem]) yield* rooms.join("lobby")
  yield* until("all in", () => namesIn(ana) === namesIn(cem) && namesIn(ana) === "ana ben cem")
  return { ana, ben, cem }
})

const namesIn = ({ rooms }: Chatter, room = "lobby"): string =>
  Effect.runSync(rooms.who(room))
    .map(({ nick }) => nick)
    .toSorted()
    .join(" ")

const heard = ({ events }: Chatter): ReadonlyArray<string> =>
  events.flatMap((event) =>
    event._tag === "Heard" ? [`${event.line.nick}: ${event.line.text}`] : []
  )

describe("chatters", () => {
  it("hear in order, and once, what is said in their room, and nothing of others", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { ana, ben, cem } = yield* three
        yield* cem.rooms.join("cellar")
        for (const text of ["one", "two", "three"]) yield* ana.rooms.say("lobby", text)
        yield* cem.rooms.say("cellar", "psst")
        yield* until("heard", () => heard(cem).length === 3 && heard(ben).length === 3)
        return { ana: heard(ana), ben: heard(ben), cem: heard(cem) }
      })
    )
    const lines = ["ana: one", "ana: two", "ana: three"]
    expect(result).toEqual({ ana: [], ben: lines, cem: lines })
  })

  it("who come late learn who is there, and what was said", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { ana, ben } = yield* three
        yield* ana.rooms.say("lobby", "before")
        yield* ben.rooms.say("lobby", "also before")
        const dan = yield* chatter("dan", ["ana"])
        yield* until("connected", () => dan.peers() === 1)
        yield* dan.rooms.join("lobby")
        yield* until("recalled", () => dan.events.some(({ _tag }) => _tag === "Recalled"))
        yield* until("all there", () => namesIn(dan) === "ana ben cem dan")
        const lines = yield* dan.rooms.history("lobby")
        const recalls = dan.events.filter(({ _tag }) => _tag === "Recalled").length
        return { lines: lines.map(({ nick, text }) => `${nick}: ${text}`), recalls }
      })
    )
    expect(result).toEqual({ lines: ["ana: before", "ben: also before"], recalls: 1 })
  })

  it("see each other leave, and stop", () => {
    const went = simulate(
      Effect.gen(function* () {
        const { ana, cem } = yield* three
        const scope = yield* Scope.make()
        const eva = yield* Scope.provide(chatter("eva", ["cem"]), scope)
        yield* until("connected", () => eva.peers() === 1)
        yield* eva.rooms.join("lobby")
        yield* until("in", () => namesIn(ana) === "ana ben cem eva")
        yield* cem.rooms.leave("lobby")
        yield* until("left", () => namesIn(ana) === "ana ben eva")
        yield* Scope.close(scope, Exit.void)
        yield* Effect.sleep(2 * HERE_LEASE_MILLIS)
        return ana.events.flatMap((event) => (event._tag === "Went" ? [event.member.nick] : []))
      })
    )
    // A word of welcome that was on its way may bring one back for a while.
    expect([...new Set(went)]).toEqual(["cem", "eva"])
  })

  it("ask others who is in a room, and are told by who is not in it", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { ana, cem } = yield* three
        const members = yield* ana.rooms.askWho(cem.rooms.id, "lobby")
        const errors = [
          yield* Effect.flip(ana.rooms.askWho(cem.rooms.id, "cellar")),
          yield* Effect.flip(ana.rooms.say("cellar", "hello")),
          yield* Effect.flip(ana.rooms.who("cellar")),
          yield* Effect.flip(ana.rooms.say("lobby", "y".repeat(TEXT_MAX_CHARS + 1)))
        ]
        return { nicks: members.map(({ nick }) => nick).toSorted(), errors }
      })
    )
    expect(result.nicks).toEqual(["ana", "ben", "cem"])
    expect(result.errors.map(({ _tag }) => _tag)).toEqual([
      ...Array(3).fill("NotInRoomError"),
      "TextError"
    ])
  })

  it("have no room of a bad name, and no bad name themselves", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { ana, ben } = yield* three
        const errors = [
          yield* Effect.flip(ana.rooms.join("no room")),
          yield* Effect.flip(ana.rooms.askWho(ben.rooms.id, "no room")),
          yield* Effect.flip(chatter("no body", [])),
          yield* Effect.flip(ana.rooms.who("no room"))
        ]
        // Nor does the one that was not joined come back by itself.
        yield* Effect.sleep(2 * HERE_INTERVAL_MILLIS)
        return { errors: errors.map(({ _tag }) => _tag), names: namesIn(ana) }
      })
    )
    expect(result).toEqual({
      errors: ["NameError", "NameError", "NameError", "NotInRoomError"],
      names: "ana ben cem"
    })
  })

  it("forget one that dies without a word, hops away, and whom others tell of", () => {
    const result = simulate(
      Effect.gen(function* () {
        const { ana } = yield* three
        const { chat } = yield* puppet("eva", ["cem"])
        yield* chat.broadcast(new Here({ room: "lobby", nick: "eva" }))
        yield* until("in", () => namesIn(ana) === "ana ben cem eva")
        yield* Effect.sleep(HERE_LEASE_MILLIS - HERE_INTERVAL_MILLIS)
        // Told of a member that is dead already, and asked by whoever comes next.
        const late = yield* chatter("late", ["ana"])
        yield* late.rooms.join("lobby")
        yield* until("told", () => namesIn(late) === "ana ben cem eva late")
        const told = yield* ana.rooms.askWho(late.rooms.id, "lobby")
        yield* Effect.sleep(2 * HERE_LEASE_MILLIS)
        return { told: told.map(({ nick }) => nick), left: [namesIn(ana), namesIn(late)] }
      })
    )
    expect(result.told).not.toContain("eva")
    expect(result.left).toEqual(["ana ben cem late", "ana ben cem late"])
  })

  it("ask the next one where the first knows nothing", () => {
    const lines = simulate(
      Effect.gen(function* () {
        const ana = yield* chatter("ana", [])
        yield* ana.rooms.join("lobby")
        yield* ana.rooms.say("lobby", "before")
        const { chat } = yield* puppet("eva", ["ana"])
        const dan = yield* chatter("dan", ["eva"])
        yield* until("connected", () => dan.peers() === 1)
        yield* dan.rooms.join("lobby")
        yield* chat.broadcast(new Here({ room: "lobby", nick: "eva" }))
        yield* until("recalled", () => dan.events.some(({ _tag }) => _tag === "Recalled"))
        return yield* dan.rooms.history("lobby")
      })
    )
    expect(lines.map(({ text }) => text)).toEqual(["before"])
  })

  it("take no line whose time no calendar has, nor one that was said to them alone", () => {
    const line = { id: "1", nick: "eva", text: "?", time: Number.MAX_SAFE_INTEGER }
    const result = simulate(
      Effect.gen(function* () {
        const ana = yield* chatter("ana", [])
        yield* ana.rooms.join("lobby")
        const { chat } = yield* puppet("eva", ["ana"], [line])
        yield* chat.send(ana.rooms.id, new Said({ room: "lobby", nick: "eva", text: "psst" }))
        yield* chat.broadcast(new Said({ room: "lobby", nick: "eva", text: "hello" }))
        yield* until("heard", () => heard(ana).length > 0)
        yield* Effect.sleep("1 minute")
        return { heard: heard(ana), events: ana.events.length }
      })
    )
    expect(result).toEqual({ heard: ["eva: hello"], events: 1 })
  })

  it("tell who is in a crowded room, oneself included", () => {
    const members = simulate(
      Effect.gen(function* () {
        const { ana, ben } = yield* three
        const liar = yield* dialNode("liar", "ana")
        yield* liar.handshake(subnetId(hasher, "chat", "Plaintext"))
        yield* until("connected", () => ana.peers() === 2)
        const here = yield* Effect.fromResult(
          MessagePack.encode([0x30, "chat", 1, 1, { room: "lobby", nick: "ghost" }])
        )
        for (let i = 0; i < MEMBERS_MAX; i++) yield* liar.sayAs(`ghost${i}`, Main.broadcast, here)
        yield* until("full", () => Effect.runSync(ben.rooms.who("lobby")).length > MEMBERS_MAX)
        return yield* ana.rooms.askWho(ben.rooms.id, "lobby")
      })
    )
    expect(members).toHaveLength(MEMBERS_MAX)
    expect(members[0]?.nick).toBe("ben")
  })

  it("are not moved to search the network by words in the names of nodes that are none", () => {
    const searches = simulate(
      Effect.gen(function* () {
        const { ana } = yield* three
        const liar = yield* dialNode("liar", "ana")
        yield* liar.handshake(subnetId(hasher, "chat", "Plaintext"))
        yield* until("connected", () => ana.peers() === 2)
        const here = yield* Effect.fromResult(
          MessagePack.encode([0x30, "chat", 1, 1, { room: "lobby", nick: "ghost" }])
        )
        for (let i = 0; i < 100; i++) yield* liar.sayAs(`ghost${i}`, Main.broadcast, here)
        yield* until("in", () => Effect.runSync(ana.rooms.who("lobby")).length === 103)
        yield* Effect.sleep("1 minute")
        return liar.hearsOf("PeerRequest").length
      })
    )
    // Each of three asks eight at most, in two spellings.
    expect(searches).toBeLessThanOrEqual(3 * 8 * 2)
  })
})
