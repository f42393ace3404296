import { afterAll, assert, test } from "@effect/vitest"
import { killAll, Spawned } from "./Spawned.ts"

afterAll(killAll)

test("start --once shows a network that heals, and ends with a table", async () => {
  const program = new Spawned("start", "--once")
  assert.strictEqual(await program.exit, 0)
  assert.strictEqual(program.stderr, "")
  for (const told of [
    "ada has dialled bob",
    "no direct peer",
    "eve has dialled gus",
    "ada has lost bob: ",
    "ada has dialled cyd",
    "ada can't reach bob: ",
    "ada has found bob again",
    "30 of 30 deliveries made"
  ]) {
    assert.include(program.stdout, told)
  }
  const title = program.lines.findIndex((line) => line.startsWith("Message"))
  assert.match(program.lines[title] ?? "", /From +ada +bob +cyd +dot +eve +fay +gus +Got it$/)
  assert.match(program.lines[title + 2] ?? "", /^broadcast .* 6\/6$/)
  // Not a terminal: no colours.
  assert.isFalse(program.stdout.includes("\u001b"))
})

test("start --help shows help", async () => {
  const program = new Spawned("start", "--help")
  assert.strictEqual(await program.exit, 0)
  assert.include(program.stdout, "--once")
})

test("start is called wrong", async () => {
  const program = new Spawned("start", "--twice")
  assert.strictEqual(await program.exit, 2)
  assert.include(program.stderr, "--twice")
  assert.strictEqual(program.stdout, "")
})
