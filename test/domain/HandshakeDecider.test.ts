import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { replay } from "../../src/domain/Decider.ts"
import {
  type Command,
  Completed,
  dialledBySurvivor,
  Event,
  HandshakeAnswered,
  HandshakeDecider,
  HandshakeStateError,
  KindLearned,
  Opened,
  Refused
} from "../../src/domain/HandshakeDecider.ts"
import { NodeId, SubnetId } from "../../src/domain/Ids.ts"
import { CONTROL_VERSION } from "../../src/domain/messages/ControlMessages.ts"
import { anyOf, integers, oneOf, thorough } from "../suites/Arbitraries.ts"
import { history, specify } from "../suites/Decider.ts"

const given = specify(HandshakeDecider)

const [us, peer] = [NodeId.make("us"), NodeId.make("peer")]
const [mesh, sync, other] = ["mesh", "sync", "other"].map((id) => SubnetId.make(id))
if (mesh === undefined || sync === undefined || other === undefined) throw new Error("three ids")

const dialled = Opened.make({ role: "Dialled", id: us, subnets: [mesh] })
const accepted = Opened.make({ role: "Accepted", id: us, subnets: [mesh, sync] })

const hello = {
  _tag: "HearHello",
  from: peer,
  version: CONTROL_VERSION,
  minVersion: CONTROL_VERSION,
  abilities: ["goodbye"]
} as const
const said = {
  subnet: mesh,
  endpoint: { host: "h", port: 1 },
  methods: [19],
  dialect: "str"
} as const
const handshake = { _tag: "HearHandshake", id: peer, ...said } as const

const ours = KindLearned.make({ kind: "Ours", abilities: ["goodbye"] })
const old = KindLearned.make({ kind: "Old", abilities: [] })
const answered = HandshakeAnswered.make({ subnet: mesh, dialect: "str" })
const completed = Completed.make({ peer, ...said })
const refused = (
  reason: (typeof Refused.Type)["reason"],
  detail: string,
  by: "Us" | "Peer" = "Us"
) => Refused.make({ reason, detail, by })

describe("HandshakeDecider", () => {
  it("opens once", () => {
    for (const { role, subnets } of [dialled, accepted]) {
      const open = { _tag: "Open", role, id: us, subnets } as const
      given([])
        .when(open)
        .brings([Opened.make({ role, id: us, subnets })])
      given([dialled]).when(open).fails({ command: "Open", phase: "Opening" })
      given([dialled, refused("Stopping", "")])
        .when(open)
        .fails({ phase: "Refused" })
    }
  })

  it("says its handshake unasked where an old acceptor would wait for it", () => {
    const open = { _tag: "Open", id: us, subnets: [mesh], unasked: "str" } as const
    given([])
      .when({ ...open, role: "Dialled" })
      .brings([dialled, answered])
    given([dialled, answered]).when(hello).brings([ours])
    given([dialled, answered, ours]).when(handshake).brings([completed])
    given([dialled, answered]).when(handshake).brings([old, completed])
    // An acceptor serves several subnets, and can't know which is meant.
    given([])
      .when({ ...open, role: "Accepted" })
      .brings([Opened.make({ role: "Accepted", id: us, subnets: [mesh] })])
  })

  it("hears nothing before it is open", () => {
    const commands: ReadonlyArray<Command> = [
      hello,
      handshake,
      { _tag: "HearGoodbye", reason: "Stopping", detail: "" },
      { _tag: "GiveUp", afterMillis: 1 }
    ]
    for (const command of commands) {
      given([])
        .when(command)
        .fails(new HandshakeStateError({ command: command._tag, phase: "Idle" }))
    }
  })

  describe("with one of ours", () => {
    it("answers the hello where it has dialled", () => {
      given([dialled]).when(hello).brings([ours, answered])
    })
    it("waits for the dialler's handshake where it has accepted", () => {
      given([accepted]).when(hello).brings([ours])
      given([accepted, ours]).when(handshake).brings([answered, completed])
    })
    it("answers for the subnet that the dialler means", () => {
      const meant = { ...handshake, subnet: sync }
      given([accepted, ours])
        .when(meant)
        .brings([
          HandshakeAnswered.make({ subnet: sync, dialect: "str" }),
          Completed.make({ peer, ...said, subnet: sync })
        ])
    })
    it("is done with the acceptor's handshake, and answers no more", () => {
      const state = given([dialled, ours, answered]).when(handshake).brings([completed])
      expect(state).toMatchObject({
        phase: "Completed",
        kind: "Ours",
        abilities: ["goodbye"],
        result: completed
      })
    })
    it("hears a second hello as the first", () => {
      given([dialled, ours, answered])
        .when({ ...hello, abilities: ["more"] })
        .brings([])
    })
  })

  describe("with an old peer", () => {
    it.each([
      ["dialled, in js2p's dialect", dialled, "str"],
      ["accepted, in py2p's dialect", accepted, "bin"]
    ] as const)("answers in its dialect: %s", (_, opened, dialect) => {
      const state = given([opened])
        .when({ ...handshake, dialect })
        .brings([
          old,
          HandshakeAnswered.make({ subnet: mesh, dialect }),
          Completed.make({ peer, ...said, dialect })
        ])
      expect(state).toMatchObject({ phase: "Completed", kind: "Old", answered: true })
    })
    it("takes the second of js2p's two handshakes for nothing", () => {
      given([dialled, old, answered, completed]).when(handshake).brings([])
    })
    it("takes a node that can't be dialled", () => {
      given([dialled])
        .when({ ...handshake, endpoint: null })
        .brings([old, answered, Completed.make({ peer, ...said, endpoint: null })])
    })
  })

  describe("refuses", () => {
    it.each([
      [
        "too old",
        { version: 0, minVersion: 0 },
        "the peer speaks versions 0 to 0, we speak 1 to 1"
      ],
      ["too new", { version: 9, minVersion: 2 }, "the peer speaks versions 2 to 9, we speak 1 to 1"]
    ])("a version that is %s", (_, versions, detail) => {
      given([dialled])
        .when({ ...hello, ...versions })
        .brings([refused("WrongVersion", detail)])
    })
    it("no later version that still speaks ours", () => {
      given([accepted])
        .when({ ...hello, version: 9, minVersion: 1 })
        .brings([ours])
    })
    it("itself, by hello or handshake", () => {
      const self = refused("SelfConnection", "this is our own node")
      given([dialled])
        .when({ ...hello, from: us })
        .brings([self])
      given([accepted])
        .when({ ...handshake, id: us })
        .brings([self])
    })
    it("another subnet, and names both", () => {
      const state = given([accepted])
        .when({ ...handshake, subnet: other })
        .brings([refused("WrongSubnet", "the peer is in other, we are in mesh, sync")])
      expect(state).toMatchObject({ phase: "Refused", refusal: { reason: "WrongSubnet" } })
    })
    it("to wait for longer than it was told", () => {
      given([dialled])
        .when({ _tag: "GiveUp", afterMillis: 5000 })
        .brings([refused("HandshakeTimeout", "no handshake within 5000 ms")])
      given([dialled, completed]).when({ _tag: "GiveUp", afterMillis: 5000 }).brings([])
    })
    it.each([
      ["TooManyPeers", "TooManyPeers"],
      ["SomethingNew", "Refused"]
    ] as const)("with the peer's own reason: %s", (reason, known) => {
      const goodbye = { _tag: "HearGoodbye", reason, detail: "why" } as const
      given([dialled])
        .when(goodbye)
        .brings([refused(known, "why", "Peer")])
      given([dialled, completed]).when(goodbye).brings([])
    })
    it("once, and hears nothing more", () => {
      const events = [dialled, refused("WrongSubnet", "")]
      for (const command of [hello, handshake, { _tag: "GiveUp", afterMillis: 1 } as const]) {
        given(events).when(command).brings([])
      }
    })
  })

  const ids = oneOf(us, peer)
  const subnets = oneOf(mesh, sync, other)
  const commands = Arbitrary.array(
    anyOf<Command>(
      Arbitrary.map(
        Arbitrary.all({
          role: oneOf("Dialled" as const, "Accepted" as const),
          id: ids,
          subnets: Arbitrary.array(subnets)
        }),
        (open) => ({ _tag: "Open", ...open })
      ),
      Arbitrary.map(
        Arbitrary.all({ from: ids, version: integers(0, 2), minVersion: integers(0, 2) }),
        (heard) => ({ _tag: "HearHello", abilities: ["a"], ...heard })
      ),
      Arbitrary.map(
        Arbitrary.all({ id: ids, subnet: subnets, dialect: oneOf("str" as const, "bin" as const) }),
        (heard) => ({ ...handshake, ...heard })
      ),
      Arbitrary.map(oneOf("Stopping", "New"), (reason) => ({
        _tag: "HearGoodbye",
        reason,
        detail: ""
      })),
      Arbitrary.map(integers(0, 9), (afterMillis) => ({ _tag: "GiveUp", afterMillis }))
    )
  )

  const encode = Schema.encodeSync(Schema.Array(Event))
  const decode = Schema.decodeUnknownSync(Schema.Array(Event))

  it.prop(
    "whatever comes, replays to the same state, and ends once",
    { commands },
    (drawn) => {
      const { events, state } = history(
        HandshakeDecider,
        drawn.commands.map((command) => [command, 0] as const)
      )
      const journal: unknown = JSON.parse(JSON.stringify(encode(events)))
      deepStrictEqual(replay(HandshakeDecider, decode(journal)), replay(HandshakeDecider, events))
      deepStrictEqual(replay(HandshakeDecider, events), state)
      const tags = events.map(({ _tag }) => _tag)
      for (const once of ["Opened", "KindLearned", "HandshakeAnswered"]) {
        expect(tags.filter((tag) => tag === once).length).toBeLessThanOrEqual(1)
      }
      expect(
        tags.filter((tag) => tag === "Completed" || tag === "Refused").length
      ).toBeLessThanOrEqual(1)
      if (tags.includes("Completed")) expect(tags).toContain("HandshakeAnswered")
    },
    thorough(12, 500)
  )

  it.prop("both ends keep the same one of two connections", { a: ids, b: ids }, ({ a, b }) => {
    if (a === b) return
    // What one has dialled the other has accepted.
    expect(dialledBySurvivor(a, b)).not.toBe(dialledBySurvivor(b, a))
  })

  it("keeps the one that the greater id dialled", () => {
    expect(dialledBySurvivor(us, peer)).toBe("Dialled")
    expect(dialledBySurvivor(peer, us)).toBe("Accepted")
  })
})
