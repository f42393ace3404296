// The book of broadcasts: what a delivery may be, and what is wrong with each other kind.

import { describe, expect, it } from "@effect/vitest"
import { Broadcasts, type Hearer } from "../../../src/layers/simulation/Broadcasts.ts"

const hearer = (index: number, subnet = "mesh", life = 1): Hearer => ({
  index,
  name: `n${index}`,
  subnet,
  life
})

const book = () => {
  const broadcasts = new Broadcasts(4)
  const said = broadcasts.say(77, "hello", hearer(0), 2, 1_000)
  return { broadcasts, said }
}

describe("a book of broadcasts", () => {
  it("takes each delivery once", () => {
    const { broadcasts, said } = book()
    expect(broadcasts.hear(hearer(1), "n0", [77, "hello"])).toBe(undefined)
    expect(broadcasts.hear(hearer(2), "n0", [77, "hello"])).toBe(undefined)
    expect([broadcasts.deliveries, broadcasts.repeats, said.missing]).toEqual([2, 0, 0])
  })

  it("takes one to a later life, and counts it", () => {
    const { broadcasts, said } = book()
    broadcasts.hear(hearer(1), "n0", [77, "hello"])
    expect(broadcasts.hear(hearer(1, "mesh", 2), "n0", [77, "hello"])).toBe(undefined)
    expect([broadcasts.repeats, said.missing]).toEqual([1, 1])
  })

  it("takes an answer of who was asked, to who has asked, and no other", () => {
    const broadcasts = new Broadcasts(4)
    const said = broadcasts.say(77, "hello", hearer(0), 2, 1_000, "n1")
    expect([1, 2].map((i) => broadcasts.isAsked(hearer(i), [77, "hello"]))).toEqual([true, false])
    expect(broadcasts.hearAnswer(hearer(0), "n1", ["answer", 77])).toBe(undefined)
    expect(said.answers).toBe(1)
    const wrong = [
      broadcasts.hearAnswer(hearer(0), "n2", ["answer", 77]),
      broadcasts.hearAnswer(hearer(0), undefined, ["answer", 77]),
      broadcasts.hearAnswer(hearer(2), "n1", ["answer", 77]),
      broadcasts.hearAnswer(hearer(0), "n1", ["answer", 78]),
      broadcasts.hearAnswer(hearer(0), "n1", ["hello", 77]),
      broadcasts.hearAnswer(hearer(0), "n1", ["answer", 77, "more"])
    ]
    expect(wrong.map((each) => each?.invariant)).toEqual(wrong.map(() => "Genuine"))
    expect(said.answers).toBe(1)
  })

  it("knows what is in flight: said of late, and not heard by all who were there", () => {
    const { broadcasts } = book()
    expect(broadcasts.isAnyInFlight(2_000)).toBe(true)
    broadcasts.hear(hearer(1), "n0", [77, "hello"])
    expect(broadcasts.isAnyInFlight(2_000)).toBe(true)
    broadcasts.hear(hearer(2), "n0", [77, "hello"])
    expect(broadcasts.isAnyInFlight(2_000)).toBe(false)
    broadcasts.say(78, "hello", hearer(0), 2, 3_000)
    expect([broadcasts.isAnyInFlight(12_000), broadcasts.isAnyInFlight(13_000)]).toEqual([
      true,
      false
    ])
  })

  it.each([
    ["a second one in a life", "AtMostOnce", hearer(1), "n0", [77, "hello"]],
    ["one to who said it", "AtMostOnce", hearer(0), "n0", [77, "hello"]],
    ["what nobody has said", "Genuine", hearer(2), "n0", [78, "hello"]],
    ["what is no number", "Genuine", hearer(2), "n0", ["77", "hello"]],
    ["what was altered", "Genuine", hearer(2), "n0", [77, "hullo"]],
    ["what was added to", "Genuine", hearer(2), "n0", [77, "hello", null]],
    ["another's name", "Genuine", hearer(2), "n1", [77, "hello"]],
    ["a stranger's name", "Genuine", hearer(2), undefined, [77, "hello"]],
    ["another subnet", "SubnetsApart", hearer(3, "other"), "n0", [77, "hello"]]
  ] as const)("refuses %s", (_, invariant, by, sender, payload) => {
    const { broadcasts } = book()
    broadcasts.hear(hearer(1), "n0", [77, "hello"])
    expect(broadcasts.hear(by, sender, payload)?.invariant).toBe(invariant)
  })
})
