/** What every pair of nodes must be able to do, whatever software they run. */

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type Encryption,
  type LiveNode,
  type Software,
  startNode,
  type StartOptions
} from "./harness.ts"
import { asHeardBy, valueCases } from "./values.ts"

/** Starts nodes for the tests of the surrounding `describe`, and stops them after the last one. */
export const nodeStarter = (encryption: Encryption = "Plaintext") => {
  const nodes: Array<LiveNode> = []
  afterAll(() => Promise.all(nodes.map((node) => node.stop())))
  return async (software: Software, options?: StartOptions): Promise<LiveNode> => {
    const node = await startNode(software, { encryptions: [encryption], ...options })
    nodes.push(node)
    return node
  }
}

let lastTag = 0

/** A word that no other message begins with: equal broadcasts of one second are one to old nodes. */
export const newTag = (what: string): string => {
  lastTag += 1
  return `${what} ${lastTag}`
}

/** Sends `count` broadcasts and accounts for each: all arrive, once each, and in order. */
export const expectAllHeard = async (
  [from, to]: readonly [LiveNode, LiveNode],
  { count, paced }: { readonly count: number; readonly paced: boolean }
): Promise<void> => {
  const tag = newTag(`one of ${count}`)
  const numbers = Array.from({ length: count }, (_, number) => number)
  const hears = (number: number) =>
    to.waitFor(
      "message",
      ({ payload }) => payload[0] === tag && payload[1] === number,
      `broadcast ${number} of ${count}`,
      { from: to.events.length - 1, timeoutMillis: 60_000 }
    )
  const last = paced ? undefined : hears(count - 1)
  for (const number of numbers) {
    const arrival = paced ? hears(number) : undefined
    from.broadcast([tag, number])
    await arrival
  }
  await last
  const heard = to.heard(tag)
  expect(heard.map(({ payload }) => payload[1])).toEqual(numbers)
  expect(new Set(heard.map(({ id }) => id)).size).toBe(count)
}

interface PairOptions {
  readonly encryption?: Encryption
  /** The values to carry: none are of use where they have all been over another transport. */
  readonly values?: typeof valueCases
}

/** Two nodes that have just shaken hands. The first of `directions` is from near to far. */
interface Pair {
  readonly near: LiveNode
  readonly far: LiveNode
  readonly directions: ReadonlyArray<readonly [LiveNode, LiveNode]>
}

const suiteOfPair = (
  start: (join: typeof startNode) => Promise<Pair>,
  { encryption = "Plaintext", values = valueCases }: PairOptions = {}
): void => {
  const startOne = nodeStarter(encryption)
  let pair: Pair
  beforeAll(async () => {
    pair = await start(startOne)
  })

  test("shake hands and know each other's address", async () => {
    const { near, far } = pair
    expect(await near.peers()).toMatchObject([{ id: far.id, address: far.address }])
    expect(await far.peers()).toMatchObject([{ id: near.id, address: near.address }])
  })

  test("hear each other's broadcasts", async () => {
    for (const [from, to] of pair.directions) {
      const tag = newTag("broadcast")
      from.broadcast([tag, 1])
      const heard = await to.hears(tag)
      expect(heard).toMatchObject({ flag: "broadcast", sender: from.id, payload: [tag, 1] })
    }
  })

  test("whisper and reply", async () => {
    for (const [from, to] of pair.directions) {
      const [asked, answered] = [newTag("question"), newTag("answer")]
      from.whisper(to, [asked, { how: ["are", "you"] }])
      const question = await to.hears(asked)
      expect(question).toMatchObject({
        flag: "whisper",
        sender: from.id,
        payload: [asked, { how: ["are", "you"] }]
      })
      to.reply(question, [answered, null])
      const answer = await from.hears(answered)
      expect(answer).toMatchObject({ flag: "whisper", sender: to.id, payload: [answered, null] })
    }
  })

  test.each(values)("carry a value both ways: $type", async (valueCase) => {
    for (const [from, to] of pair.directions) {
      const tag = newTag(valueCase.type)
      from.broadcast([tag, valueCase.value])
      expect((await to.hears(tag)).payload).toEqual([tag, asHeardBy(to.software, valueCase)])
    }
  })

  test("complain of nothing", () => {
    expect([...pair.near.errors, ...pair.far.errors]).toEqual([])
  })

  test("notice that the other has left", async () => {
    await pair.far.stop()
    await pair.near.sees(pair.far, "disconnected")
    expect(await pair.near.peers()).toEqual([])
  })
}

/** Our node and an old one over a transport other than TCP, whichever dials; `dialled` is who can be. */
export const foreignTransportSuite = (
  foreign: Exclude<Software, "ours">,
  encryption: Encryption,
  load: { readonly count: number; readonly paced: boolean },
  dialled: "ours" | "both" = "both"
): void => {
  const options = { encryption, values: [] }

  if (dialled === "both") {
    describe(`over ${encryption}, ours dials ${foreign}: they`, () => {
      suiteOfPair(async (start) => {
        const theirs = await start(foreign)
        return pairOf(await start("ours", { join: [theirs] }), theirs)
      }, options)
    })
  }

  describe(`over ${encryption}, ${foreign} dials ours: they`, () => {
    suiteOfPair(async (start) => {
      const ours = await start("ours")
      return pairOf(ours, await start(foreign, { join: [ours] }))
    }, options)
  })

  describe(`over ${encryption}, ours and ${foreign}`, () => {
    const start = nodeStarter(encryption)

    test(`${load.count} broadcasts each way, each accounted for`, async () => {
      const ours = await start("ours")
      const theirs = await start(foreign, { join: [ours] })
      await expectAllHeard([ours, theirs], load)
      await expectAllHeard([theirs, ours], load)
      expect([...ours.errors, ...theirs.errors]).toEqual([])
    })
  })
}

/** A mesh of `near` and `far`, whichever dials. */
export const meshSuite = (near: Software, far: Software): void => {
  describe(`${near} dials ${far}: they`, () => {
    suiteOfPair(async (start) => {
      const dialled = await start(far)
      return pairOf(await start(near, { join: [dialled] }), dialled)
    })
  })

  describe(`peers of ${near} and ${far}`, () => {
    const start = nodeStarter()
    const chains = [
      { newcomer: far, known: near, other: near },
      { newcomer: near, known: far, other: far },
      { newcomer: far, known: near, other: far }
    ]
    test.each(near === far ? chains.slice(0, 1) : chains)(
      "$newcomer learns from $known of $other, and dials it",
      async (software) => {
        const known = await start(software.known)
        const other = await start(software.other, { join: [known] })
        const newcomer = await start(software.newcomer, { join: [known] })
        await Promise.all([newcomer.sees(other), other.sees(newcomer)])
        const ids = (await newcomer.peers()).map(({ id }) => id)
        expect(ids.toSorted()).toEqual([known.id, other.id].toSorted())
      }
    )
  })

  if (near === far) return

  describe(`${far} dials ${near}: they`, () => {
    suiteOfPair(async (start) => {
      const dialled = await start(near)
      return pairOf(dialled, await start(far, { join: [dialled] }))
    })
  })
}

const pairOf = (near: LiveNode, far: LiveNode): Pair => ({
  near,
  far,
  directions: [
    [near, far],
    [far, near]
  ]
})

/** What our node must do with an old one, without being told which one it meets. */
export const foreignMeshSuite = (
  foreign: Exclude<Software, "ours">,
  load: { readonly count: number; readonly paced: boolean }
): void => {
  meshSuite("ours", foreign)

  describe(`ours and ${foreign}`, () => {
    const start = nodeStarter()

    test.each([
      { from: "ours", to: foreign },
      { from: foreign, to: "ours" }
    ] as const)(`${load.count} broadcasts from $from to $to, each accounted for`, async (way) => {
      const from = await start(way.from)
      const to = await start(way.to, { join: [from] })
      await expectAllHeard([from, to], load)
      expect([...from.errors, ...to.errors]).toEqual([])
    })

    test(`${foreign} hears each of our equal broadcasts of one second`, async () => {
      const ours = await start("ours")
      const theirs = await start(foreign, { join: [ours] })
      const [tag, end] = [newTag("equal"), newTag("end")]
      for (const payload of [[tag], [tag], [tag], [end]]) ours.broadcast(payload)
      await theirs.hears(end)
      expect(theirs.heard(tag)).toHaveLength(3)
    })
  })
}
