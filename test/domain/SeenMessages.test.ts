import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import {
  MESSAGE_AGE_MAX_SECONDS,
  MESSAGE_LEAD_MAX_SECONDS,
  RELAY_CACHE_LEAD_DIVISOR
} from "../../src/domain/Limits.ts"
import * as Bytes from "../../src/domain/Bytes.ts"
import { SeenMessages, type Verdict } from "../../src/domain/SeenMessages.ts"
import { hasher } from "../../src/layers/PureHashing.ts"
import { anyOf, integers, oneOf, thorough } from "../suites/Arbitraries.ts"

/** A digest for each name. */
const digestOf = (name: string) => hasher.digest("sha256", Bytes.fromText(name))

/** As it is found among the entries. */
const keyOf = (name: string) => Bytes.toKey(digestOf(name))

/** Seconds ahead of the clock that are taken for its error. */
const TOLERANCE = 5
const NOW = 10_000

/** Offers messages one by one; each has a second (from `NOW` on), an id, and the clock's second. */
const offerAll = (
  seen: SeenMessages,
  offers: ReadonlyArray<readonly [second: number, id: string, now?: number]>
): ReadonlyArray<Verdict> =>
  offers.map(([second, id, now = 0]) => seen.offer(NOW + second, digestOf(id), 0, NOW + now))

describe("SeenMessages", () => {
  it("knows what it has seen, by second and id", () => {
    const seen = new SeenMessages()
    const verdicts = offerAll(seen, [
      [0, "a"],
      [0, "a"],
      [0, "b"],
      [1, "a"],
      [0, "b"]
    ])
    expect(verdicts).toEqual(["New", "Duplicate", "New", "New", "Duplicate"])
    expect(seen.size).toBe(3)
    expect(seen.has(NOW, digestOf("a"), 0)).toBe(true)
    expect(seen.has(NOW + 1, digestOf("b"), 0)).toBe(false)
  })

  it.each([
    [-MESSAGE_AGE_MAX_SECONDS - 1, "Expired"],
    [-MESSAGE_AGE_MAX_SECONDS, "New"],
    [0, "New"],
    [TOLERANCE, "New"],
    [TOLERANCE + 1, "New"],
    [MESSAGE_LEAD_MAX_SECONDS, "New"],
    [MESSAGE_LEAD_MAX_SECONDS + 1, "Early"],
    [0xffff_ffff, "Early"]
  ] as const)("judges a message of the second now %i: %s", (second, verdict) => {
    const seen = new SeenMessages()
    expect(offerAll(seen, [[second, "a"]])).toEqual([verdict])
    expect(seen.size).toBe(verdict === "New" ? 1 : 0)
  })

  it("forgets a message when it has outlived itself, and not before", () => {
    const seen = new SeenMessages()
    const verdicts = offerAll(seen, [
      [0, "a"],
      [0, "a", MESSAGE_AGE_MAX_SECONDS],
      [0, "a", MESSAGE_AGE_MAX_SECONDS + 1]
    ])
    expect(verdicts).toEqual(["New", "Duplicate", "Expired"])
    expect(seen.size).toBe(0)
    expect(seen.has(NOW, digestOf("a"), 0)).toBe(false)
  })

  it("sweeps without being asked anything", () => {
    const seen = new SeenMessages()
    offerAll(seen, [
      [-3, "a"],
      [0, "b"],
      [3, "c"]
    ])
    seen.sweep(NOW + MESSAGE_AGE_MAX_SECONDS)
    deepStrictEqual(seen.entries(), [
      [NOW, ["b"].map(keyOf)],
      [NOW + 3, ["c"].map(keyOf)]
    ])
    expect(seen.size).toBe(2)
  })

  it("refuses what it has forgotten in time, should the clock be set back", () => {
    const seen = new SeenMessages()
    const verdicts = offerAll(seen, [
      [0, "a"],
      [MESSAGE_AGE_MAX_SECONDS + 1, "b", MESSAGE_AGE_MAX_SECONDS + 1],
      [0, "a", MESSAGE_AGE_MAX_SECONDS],
      [0, "a", 0],
      [1, "c", 0]
    ])
    expect(verdicts).toEqual(["New", "New", "Forgotten", "Forgotten", "New"])
  })

  it("lets go of its oldest second when full, and refuses what is not younger", () => {
    const seen = new SeenMessages(3)
    offerAll(seen, [
      [-2, "a"],
      [-2, "b"],
      [0, "c"]
    ])
    expect(seen.forgottenUntil).toBe(-1)
    expect(offerAll(seen, [[0, "d"]])).toEqual(["New"])
    expect(seen.forgottenUntil).toBe(NOW - 2)
    deepStrictEqual(seen.entries(), [[NOW, ["c", "d"].map(keyOf)]])
    const verdicts = offerAll(seen, [
      [-2, "a"],
      [-2, "e"],
      [-3, "f"],
      [-1, "g"],
      [0, "c"]
    ])
    expect(verdicts).toEqual(["Forgotten", "Forgotten", "Forgotten", "New", "Duplicate"])
  })

  it("refuses all of a second that alone fills it, once it is full", () => {
    const seen = new SeenMessages(2)
    const verdicts = offerAll(seen, [
      [0, "a"],
      [0, "b"],
      [0, "c"],
      [0, "a"],
      [1, "d", 1]
    ])
    expect(verdicts).toEqual(["New", "New", "Forgotten", "Forgotten", "New"])
  })

  it("gives messages from the future a part of itself only", () => {
    const capacity = 10 * RELAY_CACHE_LEAD_DIVISOR
    const seen = new SeenMessages(capacity)
    const ahead = (id: string, now = 0) => offerAll(seen, [[100, id, now]])[0]
    for (let i = 0; i < 10; i++) expect(ahead(`early ${i}`)).toBe("New")
    expect(ahead("one too many")).toBe("Early")
    expect(ahead("early 0")).toBe("Duplicate")
    expect(offerAll(seen, [[TOLERANCE, "on time"]])).toEqual(["New"])
    // Once the clock has come so far they are no longer ahead.
    expect(ahead("one too many", 94)).toBe("Early")
    expect(ahead("one too many", 95)).toBe("New")
    expect(offerAll(seen, [[200, "others may be ahead", 95]])).toEqual(["New"])
  })

  const offers = Arbitrary.array(
    Arbitrary.all({
      /** Its second: one of the same few again and again, or some way from the clock's. */
      second: anyOf(
        Arbitrary.all({ from: oneOf("NOW"), offset: integers(0, 5) }),
        Arbitrary.all({
          from: oneOf("clock"),
          offset: anyOf(
            integers(-MESSAGE_AGE_MAX_SECONDS - 5, 30),
            integers(0, MESSAGE_LEAD_MAX_SECONDS + 5)
          )
        })
      ),
      id: integers(0, 5),
      /** The clock mostly goes on, leaps at times, and is set back now and then. */
      step: anyOf(integers(0, 2), integers(0, 2), integers(0, 70), integers(-70, 0))
    }),
    { maxLength: 120 }
  )
  const secondOf = (
    { from, offset }: { readonly from: string; readonly offset: number },
    now: number
  ) => (from === "NOW" ? NOW : now) + offset

  const capacity = integers(1, 24)

  it.prop(
    "lets nothing through twice, whatever the times, and remembers what it may",
    { offers, capacity },
    ({ capacity, offers }) => {
      const seen = new SeenMessages(capacity)
      const delivered = new Set<string>()
      let now = NOW
      for (const { id, second, step } of offers) {
        now += step
        const at = secondOf(second, now)
        const known = seen.has(at, digestOf(`id ${id}`), 0)
        const verdict = seen.offer(at, digestOf(`id ${id}`), 0, now)
        const message = `${at} ${id}`
        if (verdict === "New") expect(delivered.has(message)).toBe(false)
        if (verdict === "Duplicate") expect(delivered.has(message)).toBe(true)
        if (verdict !== "Duplicate" && known) expect(verdict).toBe("Expired")
        if (verdict === "Forgotten") expect(at).toBeLessThanOrEqual(seen.forgottenUntil)
        if (verdict === "New") delivered.add(message)
        expect(seen.has(at, digestOf(`id ${id}`), 0)).toBe(
          verdict === "New" || verdict === "Duplicate"
        )
        expect(seen.size).toBeLessThanOrEqual(capacity)
        const ids = seen.entries().flatMap(([, all]) => all)
        expect(seen.size).toBe(ids.length)
      }
    },
    thorough(120, 300)
  )

  it.prop(
    "loses nothing that is in time, while it isn't full",
    { offers },
    ({ offers }) => {
      const seen = new SeenMessages(100_000)
      const delivered = new Set<string>()
      let now = NOW
      for (const { id, second, step } of offers) {
        now += Math.abs(step)
        const at = secondOf(second, now)
        const message = `${at} ${id}`
        const verdict = seen.offer(at, digestOf(String(id)), 0, now)
        const lead = at - now
        const inTime = lead >= -MESSAGE_AGE_MAX_SECONDS && lead <= MESSAGE_LEAD_MAX_SECONDS
        if (!inTime) expect(verdict).toBe(lead < 0 ? "Expired" : "Early")
        else expect(verdict).toBe(delivered.has(message) ? "Duplicate" : "New")
        if (inTime) delivered.add(message)
      }
    },
    thorough(120, 200)
  )

  it.prop(
    "makes the same of itself by replay",
    { offers, capacity },
    ({ capacity, offers }) => {
      const seen = new SeenMessages(capacity)
      let now = NOW
      for (const { id, second, step } of offers) {
        now += step
        seen.offer(secondOf(second, now), digestOf(String(id)), 0, now)
        const before = [seen.entries(), seen.size, seen.forgottenUntil]
        seen.replay()
        deepStrictEqual([seen.entries(), seen.size, seen.forgottenUntil], before)
      }
    },
    thorough(60)
  )
})
