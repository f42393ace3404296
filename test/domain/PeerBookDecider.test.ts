import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { Address } from "../../src/domain/Address.ts"
import * as Backoff from "../../src/domain/Backoff.ts"
import { replay } from "../../src/domain/Decider.ts"
import { NodeId } from "../../src/domain/Ids.ts"
import {
  PEER_BOOK_MAX_ENTRIES,
  REDIAL_ATTEMPTS_MAX,
  REDIAL_MAX_MILLIS,
  REDIAL_MIN_MILLIS
} from "../../src/domain/Limits.ts"
import {
  type Command,
  entries,
  Event,
  key,
  PeerBookDecider,
  PeerForgotten,
  PeerLearned,
  PeerLost,
  PeerReached
} from "../../src/domain/PeerBookDecider.ts"
import { anyOf, integers, oneOf, thorough } from "../suites/Arbitraries.ts"
import { history, specify } from "../suites/Decider.ts"

const given = specify(PeerBookDecider)

const addressOf = (port: number) => new Address({ scheme: "tcp", host: "h", port })
const address = addressOf(1)
const subnet = "mesh"
const [a, b] = [NodeId.make("a"), NodeId.make("b")]

const learn = { _tag: "LearnPeer", address, subnet, id: a, source: "Handshake" } as const
const reach = { _tag: "RecordReached", address, subnet, id: a } as const
const lose = { _tag: "RecordLost", address, subnet, jitter: 0 } as const
const forget = { _tag: "ForgetPeer", address, subnet, reason: "why" } as const

const learned = PeerLearned.make({ address, subnet, id: a, source: "Handshake", atMillis: 5 })
const heard = PeerLearned.make({ ...learned, source: "Exchange" })
const configured = PeerLearned.make({ ...learned, source: "Configured", id: null })
const lost = (failures: number, retryAtMillis: number) =>
  PeerLost.make({ address, subnet, failures, retryAtMillis })

const backoff = { minMillis: REDIAL_MIN_MILLIS, maxMillis: REDIAL_MAX_MILLIS }
const delay = (failures: number, jitter = 0) => Backoff.delayMillis(backoff, failures, jitter)

describe("PeerBookDecider", () => {
  it("learns of a peer, which may be dialled at once", () => {
    const state = given([]).when(learn, 5).brings([learned])
    deepStrictEqual(entries(state), [
      {
        address,
        subnet,
        id: a,
        source: "Handshake",
        failures: 0,
        isReached: false,
        seenAtMillis: 5,
        retryAtMillis: 5
      }
    ])
  })

  it("takes hearsay for what it is: nothing seen, and nothing that would change what is known", () => {
    const hearsay = { ...learn, id: b, source: "Exchange" } as const
    const state = given([])
      .when(hearsay, 5)
      .brings([PeerLearned.make({ ...heard, id: b })])
    expect(entries(state)[0]).toMatchObject({ seenAtMillis: 0, retryAtMillis: 5 })
    for (const known of [learned, heard, configured]) given([known]).when(hearsay, 9).brings([])
  })

  it.each([
    ["the same", learn],
    ["no id", { ...learn, id: null }]
  ])("learns nothing from %s", (_, command) => {
    given([learned]).when(command, 9).brings([])
    given([configured, learned]).when(command, 9).brings([])
  })

  it.each([
    ["another id", { id: b }, learned, { id: b }],
    ["an id at last", { id: a }, PeerLearned.make({ ...learned, id: null }), { id: a }],
    ["a better source", { source: "Handshake" }, heard, { source: "Handshake" }],
    [
      "a better source, without losing the id",
      { source: "Configured", id: null },
      learned,
      { source: "Configured" }
    ],
    ["an id for one that was configured", { id: a }, configured, { source: "Configured", id: a }]
  ] as const)("learns %s", (_, told, known, change) => {
    given([known])
      .when({ ...learn, ...told }, 9)
      .brings([PeerLearned.make({ ...known, ...change, atMillis: 9 })])
  })

  it("keeps failures and the time of the next dial when it learns more", () => {
    const state = given([learned, lost(3, 700)])
      .when({ ...learn, id: b }, 9)
      .brings([PeerLearned.make({ ...learned, id: b, atMillis: 9 })])
    expect(entries(state)[0]).toMatchObject({ failures: 3, retryAtMillis: 700, seenAtMillis: 9 })
  })

  it("knows an address in each subnet apart, and in each by its whole address", () => {
    const sync = { ...learn, subnet: "sync" }
    const state = given([learned])
      .when(sync, 5)
      .brings([PeerLearned.make({ ...learned, subnet: "sync" })])
    expect(entries(state).map((entry) => entry.subnet)).toEqual(["mesh", "sync"])
    const all = [address, addressOf(2), new Address({ ...address, scheme: "ws" })]
    const keys = all.flatMap((address) =>
      ["mesh", "sync"].map((subnet) => key({ address, subnet }))
    )
    expect(new Set(keys).size).toBe(6)
  })

  it("dials a peer that it has reached at once, and forgives its failures if that lasted", () => {
    const reached = PeerReached.make({ address, subnet, id: b, atMillis: 9 })
    const state = given([learned, lost(3, 700)])
      .when({ ...reach, id: b }, 9)
      .brings([reached])
    expect(entries(state)[0]).toMatchObject({
      id: b,
      failures: 3,
      retryAtMillis: 9,
      seenAtMillis: 9
    })
    const known = [learned, lost(3, 700), reached]
    given(known)
      .when(lose, 10)
      .brings([lost(4, 10 + delay(3))])
    const later = 9 + REDIAL_MAX_MILLIS
    given(known)
      .when(lose, later)
      .brings([lost(1, later + delay(0))])
  })

  it("dials later with each failure, by the back-off and the jitter given", () => {
    const events: Array<Event> = [configured]
    for (let failures = 1; failures <= 20; failures++) {
      const jitter = failures / 21
      const event = lost(failures, 1000 + delay(failures - 1, jitter))
      given(events)
        .when({ ...lose, jitter }, 1000)
        .brings([event])
      events.push(event)
    }
  })

  it("forgets one that fails too often, unless the user has configured it", () => {
    const [some, more] = [REDIAL_ATTEMPTS_MAX - 1, REDIAL_ATTEMPTS_MAX]
    given([learned, lost(some, 0)])
      .when(lose)
      .brings([lost(more, delay(some))])
    const reason = `${REDIAL_ATTEMPTS_MAX} dials in a row have failed`
    const state = given([learned, lost(more, 0)])
      .when(lose)
      .brings([PeerForgotten.make({ address, subnet, reason })])
    expect(entries(state)).toEqual([])
    given([configured, lost(more, 0)])
      .when(lose)
      .brings([lost(more + 1, delay(more))])
  })

  it("forgets one that must not be dialled, and says why", () => {
    const forgotten = PeerForgotten.make({ address, subnet, reason: "why" })
    for (const known of [learned, configured]) {
      expect(entries(given([known]).when(forget).brings([forgotten]))).toEqual([])
    }
  })

  it.each([reach, lose, forget])("has nothing to say of a peer unknown: $_tag", (command) => {
    given([]).when(command).brings([])
    given([PeerLearned.make({ ...learned, subnet: "sync" })])
      .when(command)
      .brings([])
  })

  describe("when it is full", () => {
    const fill = (of: (port: number) => Partial<typeof PeerLearned.Type>) =>
      Array.from({ length: PEER_BOOK_MAX_ENTRIES }, (_, i) =>
        PeerLearned.make({ ...learned, address: addressOf(i + 1), atMillis: 100 + i, ...of(i + 1) })
      )
    const next = { ...learn, address: addressOf(60_000) }
    const nextLearned = PeerLearned.make({ ...learned, address: next.address })
    const gone = (port: number) =>
      PeerForgotten.make({ address: addressOf(port), subnet, reason: "the peer book is full" })

    it("lets go of the one that it has not seen for longest", () => {
      const full = given(fill((port) => (port === 7 ? { atMillis: 50 } : {})))
      expect(entries(full.when(next, 5).brings([gone(7), nextLearned])).length).toBe(
        PEER_BOOK_MAX_ENTRIES
      )
    })
    it("but not of one that the user configured", () => {
      const full = given(fill((port) => (port < 9 ? { source: "Configured" } : {})))
      full.when(next, 5).brings([gone(9), nextLearned])
    })
    it("and first of all of those that it knows from hearsay only", () => {
      const full = given(fill((port) => (port === 11 ? { source: "Exchange" } : {})))
      full.when(next, 5).brings([gone(11), nextLearned])
    })
    it("learns no more where all are configured, but what the user configures", () => {
      const full = given(fill(() => ({ source: "Configured" })))
      full.when(next, 5).brings([])
      full
        .when({ ...next, source: "Configured" }, 5)
        .brings([PeerLearned.make({ ...nextLearned, source: "Configured" })])
    })
    it("still learns more of those that it knows", () => {
      given(fill(() => ({})))
        .when({ ...learn, id: b }, 5)
        .brings([PeerLearned.make({ ...learned, id: b })])
    })
  })

  const peers = Arbitrary.all({
    address: Arbitrary.map(integers(1, 4), addressOf),
    subnet: oneOf("mesh", "sync")
  })
  const ids = oneOf(a, b)
  const commands = Arbitrary.array(
    anyOf<Command>(
      Arbitrary.map(
        Arbitrary.all({
          peer: peers,
          id: oneOf(a, b, null),
          source: oneOf("Configured" as const, "Exchange" as const, "Handshake" as const)
        }),
        ({ peer, ...told }) => ({ _tag: "LearnPeer", ...peer, ...told })
      ),
      Arbitrary.map(Arbitrary.all({ peer: peers, id: ids }), ({ id, peer }) => ({
        _tag: "RecordReached",
        ...peer,
        id
      })),
      Arbitrary.map(Arbitrary.all({ peer: peers, tenths: integers(0, 9) }), ({ peer, tenths }) => ({
        _tag: "RecordLost",
        ...peer,
        jitter: tenths / 10
      })),
      Arbitrary.map(peers, (peer) => ({ _tag: "ForgetPeer", ...peer, reason: "why" }))
    ),
    { maxLength: 100 }
  )

  const encode = Schema.encodeSync(Schema.Array(Event))
  const decode = Schema.decodeUnknownSync(Schema.Array(Event))

  it.prop(
    "whatever comes, replays to the same state",
    { commands },
    (drawn) => {
      const { events, state } = history(
        PeerBookDecider,
        drawn.commands.map((command, i) => [command, 1000 * i] as const)
      )
      const journal: unknown = JSON.parse(JSON.stringify(encode(events)))
      deepStrictEqual(entries(replay(PeerBookDecider, decode(journal))), entries(state))
      const all = entries(state)
      deepStrictEqual(all.map(key), all.map(key).toSorted())
      for (const entry of all) {
        if (entry.source !== "Configured")
          expect(entry.failures).toBeLessThanOrEqual(REDIAL_ATTEMPTS_MAX)
      }
    },
    thorough(100)
  )
})
