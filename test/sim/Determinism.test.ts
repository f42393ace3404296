import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { run } from "../../src/layers/simulation/Simulation.ts"
import { startNode } from "../suites/Network.ts"
import * as SwarmTrace from "./SwarmTrace.ts"
import { traceOf } from "./TwoNodes.ts"

/** What a module prints as a process of its own. */
const printed = (file: string, seed: number) => {
  const script = fileURLToPath(new URL(file, import.meta.url))
  return execFileSync(process.execPath, [script, `${seed}`], { encoding: "utf8" }).trim()
}

describe("one seed, one run", () => {
  it("delivers what was said", () => {
    const { heard } = traceOf(1)
    expect(heard).toHaveLength(40)
    expect(heard[0]).toBe('a broadcast ["from b",0]')
    expect(heard[39]).toBe('b whisper ["answer",19]')
  })

  it("has the same trace each time in one process", () => {
    const first = traceOf(7)
    expect(traceOf(7)).toEqual(first)
    expect(traceOf(7)).toEqual(first)
  })

  it("has the same trace in another process", () => {
    expect(printed("./TwoNodes.ts", 7)).toBe(traceOf(7).trace)
  })

  it("ends when the program waits for what can't come, however busy its nodes are", () => {
    const outcome = run(
      Effect.andThen(
        Effect.andThen(startNode("a"), startNode("b", { join: ["a"] })),
        Effect.andThen(Effect.never, Effect.succeed("never"))
      ),
      { seed: 1, untilMillis: 600_000 }
    )
    expect(outcome.exit).toMatchObject({ cause: { reasons: [{ error: { _tag: "StuckError" } }] } })
    expect(outcome.elapsedMillis).toBeLessThan(620_000)
    expect(outcome.leftOver).toBe(0)
  })

  it("has another trace for another seed", () => {
    expect(traceOf(8).trace).not.toBe(traceOf(7).trace)
  })

  it("has the same trace in another process under all faults", () => {
    expect(printed("./SwarmTrace.ts", 3)).toBe(SwarmTrace.traceOf(3))
  })
})
