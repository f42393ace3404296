// `npm run variants` as people call it.

import { execFileSync, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import { variants } from "./Variants.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

const command = (...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, ["test/variants/main.ts", ...args], { cwd: root, encoding: "utf8" })

describe("npm run variants", () => {
  it("finds one alone, and leaves what the command that it prints shows it with", () => {
    const { status, stderr, stdout } = command("wrong-clock", "--keep")
    expect(stderr).toMatch(/^wrong-clock: ReachesAll/)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^wrong-clock +mesh +\d+ of \d+ +ReachesAll/m)
    const [, script = "", args = "", config = ""] =
      /^ +node (\S+) (.*) --config '(.*)'$/m.exec(stdout) ?? []
    const again = spawnSync(
      process.execPath,
      [script, ...args.split(" "), "--config", config, "--json"],
      { cwd: root, encoding: "utf8" }
    )
    expect(again.stdout).toContain('"ReachesAll at')
    expect(again.status).toBe(1)
    // The shipped code is as it was.
    const shipped = ["src/programs/simulate.ts", ...args.split(" "), "--config", config]
    execFileSync(process.execPath, shipped, { cwd: root })
  })

  it("tells which there are", () => {
    const { status, stdout } = command("--list")
    expect(stdout.trim().split("\n")).toHaveLength(variants.length)
    expect(status).toBe(0)
  })

  it.each([
    [["wrong-watch"], "there is no variant 'wrong-watch'"],
    [["--workers", "0"], "--workers takes a whole number from 1"],
    [["--kept"], "--kept"]
  ])("%j is bad usage", (args, said) => {
    const { status, stderr, stdout } = command(...args)
    expect(stderr).toContain(said)
    expect([status, stdout]).toEqual([2, ""])
  })
})
