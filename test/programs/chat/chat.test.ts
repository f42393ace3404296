// The chat as people have it: processes on real sockets, lines in, lines out.

import { afterAll, assert, describe, test } from "@effect/vitest"
import { killAll, Spawned } from "../Spawned.ts"

afterAll(killAll)

/** A chatter, and where it listens. */
const chatter = async (nick: string, ...args: ReadonlyArray<string>) => {
  const program = new Spawned("p2p", "chat", "--nick", nick, ...args)
  const greeting = await program.line("and listens on")
  return { program, address: greeting.split(" ").at(-1) ?? "" }
}

describe("p2p chat", () => {
  test("three chatters hear each other; who comes late is told what was said; one leaves", async () => {
    const anywhere = ["--listen", "tcp://127.0.0.1:0"]
    const ana = await chatter("ana", ...anywhere)
    const ben = await chatter("ben", ...anywhere, "--join", ana.address)
    await ana.program.line("+ ben is in lobby")
    ana.program.write("hello ben\n")
    await ben.program.line("ana: hello ben")
    ben.program.write("and to you\n/nothing\n")
    await ana.program.line("ben: and to you")
    await ben.program.line("There is no /nothing")

    const cem = await chatter("cem", "--join", ben.address)
    await cem.program.line("ana: hello ben")
    await cem.program.line("ben: and to you")
    await cem.program.line("+ ana is in lobby")
    cem.program.write("/who\n")
    await cem.program.line("cem, ana, ben")

    cem.program.write("/room cellar\n")
    await cem.program.line("You are in cellar.")
    await ana.program.line("- cem has left lobby")
    cem.program.write("/quit\n")
    assert.strictEqual(await cem.program.exit, 0)
    assert.strictEqual(cem.program.stderr, "")
    ana.program.signal("SIGTERM")
    assert.strictEqual(await ana.program.exit, 0)
    await ben.program.line("- ana has left lobby")
    ben.program.signal("SIGINT")
    assert.strictEqual(await ben.program.exit, 0)
  })

  test("says to those whom it joins what is piped in, the first line too", async () => {
    const ana = await chatter("ana", "--listen", "tcp://127.0.0.1:0")
    const ben = new Spawned("p2p", "chat", "--nick", "ben", "--join", ana.address)
    ben.write("hello\ngood bye\n/quit\n")
    ben.endInput()
    await ana.program.line("ben: hello")
    await ana.program.line("ben: good bye")
    assert.strictEqual(await ben.exit, 0)
    await ana.program.line("- ben has left lobby")
    ana.program.write("/quit\n")
    assert.strictEqual(await ana.program.exit, 0)
  })

  test("refuses names that are none", async () => {
    const nobody = new Spawned("p2p", "chat", "--nick", "a b", "--room", "lobby")
    assert.strictEqual(await nobody.exit, 2)
    assert.match(nobody.stderr, /--nick a b: a name has 1 to 32/)
    const nowhere = new Spawned("p2p", "chat", "--nick", "ana", "--join", "quic://x:1")
    assert.strictEqual(await nowhere.exit, 2)
    assert.match(nowhere.stderr, /--join quic:\/\/x:1: no transport for quic/)
  })
})
