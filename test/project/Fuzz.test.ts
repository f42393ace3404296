// The fuzz runs, and what it attacks holds: no timing is looked at.

import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

const root = fileURLToPath(new URL("../..", import.meta.url))

const fuzz = (...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, ["test/fuzz/main.ts", ...args], { cwd: root, encoding: "utf8" })

const Verdict = Schema.fromJsonString(
  Schema.Struct({
    seed: Schema.Number,
    tried: Schema.Record(Schema.String, Schema.Int),
    refused: Schema.Record(Schema.String, Schema.Int),
    delivered: Schema.Int,
    broken: Schema.Array(Schema.String)
  })
)

describe("npm run fuzz", () => {
  it("attacks a node for some seconds, and finds it whole", () => {
    const { status, stderr, stdout } = fuzz("--seconds", "3", "--seed", "3", "--json")
    const verdict = Schema.decodeSync(Verdict)(stdout)
    expect(verdict.broken).toEqual([])
    expect(Object.keys(verdict.tried)).not.toEqual([])
    expect(Object.keys(verdict.refused)).not.toEqual([])
    expect(verdict.delivered).toBeGreaterThan(0)
    expect(stderr).toMatch(/\/3 s\] frames \d+/)
    expect(status).toBe(0)
  })

  it.each([
    [["--seconds", "none"], "--seconds takes a whole number from 1, not 'none'"],
    [["--seed", "-1"], "--seed"],
    [["--only", "nothing"], "--only takes random bytes"],
    [["--step", "7"], "it wants --only too"],
    [["--sconds", "7"], "--sconds"]
  ])("%s is bad usage", (args, said) => {
    const { status, stderr, stdout } = fuzz(...args)
    expect(stderr).toContain(said)
    expect([status, stdout]).toEqual([2, ""])
  })
})
