// The command as people call it: what it prints, and how it ends.

import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, test } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { killAll, Spawned } from "../Spawned.ts"

const folder = mkdtempSync(join(tmpdir(), "simulate-"))
afterAll(() => {
  killAll()
  rmSync(folder, { recursive: true, force: true })
})

const SMALL = ["--nodes", "5", "--until", "5s"]

const simulate = async (...args: ReadonlyArray<string>) => {
  const program = new Spawned("simulate", ...args)
  const code = await program.exit
  return { code, stdout: program.stdout, stderr: program.stderr }
}

const One = Schema.fromJsonString(
  Schema.Struct({
    trace: Schema.String,
    ok: Schema.Boolean,
    events: Schema.Int,
    replay: Schema.optionalKey(Schema.String),
    violations: Schema.Array(Schema.String)
  })
)
const decodeOne = Schema.decodeSync(One)

describe("simulate", () => {
  test("tells which scenarios there are", async () => {
    const { code, stdout } = await simulate("--list")
    assert.strictEqual(code, 0)
    for (const name of ["mesh", "mesh-loss", "mesh-partition", "mesh-churn", "mesh-swarm"]) {
      assert.match(stdout, new RegExp(`^${name} `, "m"))
    }
  })

  test("prints what a broadcast has cost beside the flood's formula", async () => {
    const { code, stdout } = await simulate("mesh-cost", "--nodes", "8", "--seed", "3")
    assert.strictEqual(code, 0)
    const [, nodes, links, payloads, formula] =
      /^ +3 +(8) +(\d+\.\d+) +(\d+) +(\d+)$/m.exec(stdout)?.map(Number) ?? []
    assert.strictEqual(nodes, 8)
    assert.strictEqual(formula, Math.round((2 * (links ?? 0) - 1) * 8 + 1))
    // Nobody sends it to who made it.
    assert.isAtMost(payloads ?? Infinity, formula ?? 0)
    assert.isAtLeast(payloads ?? 0, 7)
  })

  test("gives the same trace for one seed, and another for another", async () => {
    const run = async (seed: string) => {
      const { code, stdout } = await simulate("mesh-swarm", ...SMALL, "--seed", seed, "--json")
      assert.strictEqual(code, 0)
      return decodeOne(stdout)
    }
    const [one, again, other] = await Promise.all([run("7"), run("7"), run("8")])
    assert.deepStrictEqual(again, one)
    assert.notStrictEqual(other?.trace, one?.trace)
    assert.isAbove(one?.events ?? 0, 100)
  })

  test("makes many runs over threads, and tells how each went", async () => {
    const args = ["mesh-churn", ...SMALL, "--seed", "3", "--seeds", "3", "--workers", "2"]
    const { code, stderr, stdout } = await simulate(...args, "--json")
    assert.strictEqual(code, 0)
    const Many = Schema.fromJsonString(
      Schema.Struct({
        seeds: Schema.Array(
          Schema.Struct({ seed: Schema.Int, trace: Schema.String, ok: Schema.Boolean })
        )
      })
    )
    const { seeds } = Schema.decodeSync(Many)(stdout)
    assert.deepStrictEqual(
      seeds.map(({ ok, seed }) => [seed, ok]),
      [
        [3, true],
        [4, true],
        [5, true]
      ]
    )
    assert.include(stderr, "3/3")
  })

  test("says what broke, and the command that shows it again", async () => {
    // What is half open at the end is not mended within a millisecond.
    const config = JSON.stringify({
      nodes: 4,
      outsiders: 0,
      outgoing: 2,
      broadcastsPerSecond: 1,
      safetyMillis: 15_000,
      livenessMillis: 1,
      faultsPerMinute: { halfOpen: 60 },
      isSwarm: false
    })
    const broken = await simulate("mesh-loss", "--seed", "1", "--config", config, "--json")
    assert.strictEqual(broken.code, 1)
    const { ok, replay, violations } = decodeOne(broken.stdout)
    assert.isFalse(ok)
    const [invariant = ""] = (violations[0] ?? "").split(" ")
    assert.include(["OneConnection", "ReachesAll", "Converges"], invariant)
    // A smaller network may break it with another seed.
    const [, seed = "", smaller = ""] = /--seed (\d+) --config '(.*)'$/.exec(replay ?? "") ?? []
    const again = await simulate("mesh-loss", "--seed", seed, "--config", smaller, "--json")
    assert.strictEqual(again.code, 1)
    assert.isTrue(decodeOne(again.stdout).violations[0]?.startsWith(invariant))
  })

  test("writes a page of the run, which is the run that there is without it", async () => {
    const path = join(folder, "one.html")
    const args = ["mesh-swarm", ...SMALL, "--seed", "7", "--json"]
    const plain = await simulate(...args)
    const reported = await simulate(...args, "--report", path)
    assert.strictEqual(reported.code, 0)
    assert.strictEqual(reported.stdout, plain.stdout)
    assert.include(reported.stderr, path)
    assert.notInclude(reported.stderr, "Warning")
    const page = readFileSync(path, "utf8")
    assert.include(page, decodeOne(plain.stdout).trace)
    assert.include(page, '"handshake"')
  })

  test("shows the first run that broke, made smaller", async () => {
    const path = join(folder, "broken.html")
    const config = JSON.stringify({
      nodes: 3,
      outsiders: 0,
      outgoing: 2,
      broadcastsPerSecond: 1,
      safetyMillis: 10_000,
      livenessMillis: 1,
      faultsPerMinute: { halfOpen: 60 },
      isSwarm: false
    })
    const args = ["mesh-loss", "--seed", "1", "--seeds", "2", "--config", config, "--json"]
    const { code, stdout } = await simulate(...args, "--report", path)
    assert.strictEqual(code, 1)
    const [, smaller = ""] = /--config '(.*)'"}/.exec(stdout) ?? []
    assert.isNotEmpty(smaller)
    assert.include(readFileSync(path, "utf8"), `--config '${smaller}'`)
  })

  test.each([
    [
      ["mesh", "--report", join(folder, "none", "x.html")],
      "none/x.html: a file that can be written"
    ],
    [["mesh", "--report", folder], "a file that can be written"],
    [["mesh-storm"], "there is no such scenario"],
    [[], "name a scenario"],
    [["mesh", "--nodes", "0"], "--nodes 0: a whole number from 1"],
    [["mesh", "--until", "soon"], "--until soon: a time such as 90s"],
    [["mesh", "--seeds", "0"], "--seeds 0"],
    [["mesh", "--workers", "1000"], "--workers 1000"],
    [["mesh", "--config", "{}"], "--config {}"]
  ])("refuses %j", async (args, reason) => {
    const { code, stderr } = await simulate(...args)
    assert.strictEqual(code, 2)
    assert.include(stderr, reason)
  })
})
