// The script that sweeps over all scenarios: that it works, with as few runs as can be.

import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"

const script = fileURLToPath(new URL("../../scripts/sweep.ts", import.meta.url))

const sweep = (...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8", timeout: 60_000 })

describe("npm run sweep", () => {
  it("runs each scenario with each seed, and tells what was reached", () => {
    const { status, stdout } = sweep("mesh", "mesh-churn", "--seeds", "2", "--seed", "5")
    const rows = stdout.split("\n").map((line) => line.split(/ {2,}/))
    expect(rows.find(([name]) => name === "mesh")).toMatchObject({ 1: "2", 2: "0" })
    expect(rows.find(([name]) => name === "mesh-churn")).toMatchObject({ 1: "2", 2: "0" })
    expect(rows.find(([name]) => name === "crash")).toMatchObject({ 1: "0" })
    expect(rows.find(([name]) => name === "crash")?.[2]).not.toBe("0")
    expect(status).toBe(0)
  })

  it("says what is wrong with its arguments", () => {
    const { status, stderr } = sweep("nowhere", "--seeds", "1")
    expect(stderr).toContain("there is no such scenario")
    expect(status).toBe(2)
  })
})
