// docs/limits.md says what Limits.ts says, and sums up what the fuzz holds a node to.

import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Limits from "../../src/domain/Limits.ts"
import { RefusalReason } from "../../src/domain/RefusalReason.ts"
import { memoryBoundBytes, parts } from "../fuzz/MemoryBound.ts"

const document = readFileSync(new URL("../../docs/limits.md", import.meta.url), "utf8")

const cells = (line: string) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())

const rows = document
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map(cells)

const number = (text = "") => Number(text.replaceAll(/[,*]/g, ""))
const mebibytes = (bytes: number) => Math.ceil(bytes / 1_048_576)

describe("docs/limits.md", () => {
  it("has each limit with its value, and no others, in their order", () => {
    const listed = rows.flatMap(([name = "", value]) => {
      const limit = /^`([A-Z0-9_]+)`$/.exec(name)?.[1]
      return limit === undefined ? [] : [[limit, number(value)]]
    })
    const source = readFileSync(new URL("../../src/domain/Limits.ts", import.meta.url), "utf8")
    const order = [...source.matchAll(/^export const (\w+)/gm)].map(([, name = ""]) => name)
    const values = new Map(Object.entries(Limits))
    expect(listed).toEqual(order.map((name) => [name, values.get(name)]))
  })

  it("says a unit and a reason for each", () => {
    for (const [name, , unit, reason] of rows.filter(([name]) => name?.startsWith("`"))) {
      expect(unit, name).toMatch(/^(bytes|bytes\/s|ms|s|characters|count|a second)$/)
      expect(reason?.length, name).toBeGreaterThan(20)
    }
  })

  it("sums up the memory that the fuzz allows", () => {
    const summed = rows.filter(([, formula]) =>
      parts.some((part) => formula === `\`${part.formula}\``)
    )
    expect(summed.map(([name, , value]) => [name, number(value)])).toEqual(
      parts.map(({ bytes, name }) => [name, mebibytes(bytes)])
    )
    const [, , bound] = rows.find(([name]) => name === "**the bound**") ?? []
    expect(number(bound)).toBe(mebibytes(memoryBoundBytes))
  })

  it("speaks of reasons that there are", () => {
    for (const [, reason] of document.matchAll(/\(`(\w+)`\)/g)) {
      expect(RefusalReason.literals).toContain(reason)
    }
  })
})
