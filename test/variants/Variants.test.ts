// Bugs that a developer might make, each put into a copy of the sources: the general invariants find every one
// within a few seeds, and the case that shows it is made small. The shipped code passes the same runs.

import { beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ScenarioResult } from "../../src/layers/simulation/ScenarioResult.ts"
import { AnchorError, edit } from "./Copy.ts"
import { assess, type Hunted, nodesOf } from "./Hunt.ts"
import { variants } from "./Variants.ts"

const THREADS = 2

/** Milliseconds for all of it: several times what it takes. */
const TIMEOUT_MILLIS = 150_000

const hunted = new Map<string, Hunted>()
let shipped: ReadonlyArray<ScenarioResult> = []

beforeAll(async () => {
  const assessed = await Effect.runPromise(assess(variants, THREADS))
  for (const each of assessed.hunted) hunted.set(each.variant.name, each)
  shipped = assessed.shipped
}, TIMEOUT_MILLIS)

describe("a variant", () => {
  it.each(variants)("$name is found, and its case is small", ({ invariants, name, shrunk }) => {
    const { found, shrunk: small } = hunted.get(name) ?? {}
    const invariant = found?.violations[0]?.invariant
    expect(invariants).toContain(invariant)
    expect(small?.result.violations.map((violation) => violation.invariant)).toContain(invariant)
    expect(small && nodesOf(small.result)).toBeLessThanOrEqual(shrunk.nodes)
    expect(small?.result.planned.length).toBeLessThanOrEqual(shrunk.faults)
  })

  it("has a name of its own, and there are many", () => {
    expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length)
    expect(variants.length).toBeGreaterThanOrEqual(20)
  })

  it("fails by its name where the code that it edits has moved", () => {
    const variant = { name: "some", file: "some.ts", from: "a", to: "b" }
    expect(edit("xay", variant)).toBe("xby")
    expect(() => edit("xyz", variant)).toThrow(AnchorError)
    expect(() => edit("xaya", variant)).toThrow("variant some: what it replaces is 2 times")
  })
})

describe("the shipped code", () => {
  it("holds in every run that the variants are given", () => {
    const broken = shipped.filter(({ violations }) => violations.length > 0)
    const shown = broken.map(({ scenario, seed, violations }) => [
      scenario,
      seed,
      `${violations[0]}`
    ])
    expect(shown).toEqual([])
    expect(shipped.length).toBeGreaterThanOrEqual(Math.max(...variants.map(({ seeds }) => seeds)))
  })
})
