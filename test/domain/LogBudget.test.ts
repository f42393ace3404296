import { describe, expect, it } from "@effect/vitest"
import { LOG_LINES_MAX, LOG_WINDOW_MILLIS } from "../../src/domain/Limits.ts"
import { LogBudget } from "../../src/domain/LogBudget.ts"

describe("LogBudget", () => {
  it("gives so many lines in a window, and then tells how many it has withheld", () => {
    const budget = new LogBudget()
    for (let i = 0; i < LOG_LINES_MAX; i++) expect(budget.take("a", i)).toBe(0)
    for (let i = 0; i < 3; i++) expect(budget.take("a", LOG_WINDOW_MILLIS - 1)).toBeUndefined()
    expect(budget.take("a", LOG_WINDOW_MILLIS)).toBe(3)
    expect(budget.take("a", LOG_WINDOW_MILLIS)).toBe(0)
  })

  it("has a budget for each kind", () => {
    const budget = new LogBudget()
    for (let i = 0; i <= LOG_LINES_MAX; i++) budget.take("a", 0)
    expect(budget.take("a", 0)).toBeUndefined()
    expect(budget.take("b", 0)).toBe(0)
  })
})
