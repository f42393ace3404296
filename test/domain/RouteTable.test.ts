import { describe, expect, it } from "@effect/vitest"
import { RouteTable } from "../../src/domain/RouteTable.ts"

describe("a route table", () => {
  it("leads to the connection by which a node was heard last", () => {
    const table = new RouteTable()
    table.hear("a", 1)
    table.hear("b", 2)
    table.hear("a", 3)
    expect([table.find("a"), table.find("b"), table.find("c")]).toEqual([3, 2, undefined])
  })

  it("holds no more than its capacity, and keeps those that are heard", () => {
    const table = new RouteTable(100)
    table.hear("kept", 7)
    for (let i = 0; i < 10_000; i++) {
      table.hear(`n${i}`, i)
      table.hear("kept", 7)
      expect(table.size).toBeLessThanOrEqual(100)
    }
    expect(table.find("kept")).toBe(7)
    expect(table.find("n9999")).toBe(9999)
    expect(table.find("n0")).toBeUndefined()
  })

  it("does not bring an old route back once a node was heard anew", () => {
    const table = new RouteTable(4)
    table.hear("a", 1)
    table.hear("b", 1)
    table.hear("c", 1)
    table.hear("a", 2)
    expect(table.find("a")).toBe(2)
    for (const key of ["d", "e", "f", "g"]) table.hear(key, 3)
    expect(table.find("a")).toBeUndefined()
  })
})
