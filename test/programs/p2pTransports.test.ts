import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, test } from "@effect/vitest"
import { authority } from "../suites/Certificates.ts"
import { ANYWHERE, startNode, stop } from "./SpawnedNode.ts"
import { killAll, Spawned } from "./Spawned.ts"

afterAll(killAll)

describe("p2p node on each transport", () => {
  const files = mkdtempSync(join(tmpdir(), "p2p-"))
  afterAll(() => rmSync(files, { recursive: true, force: true }))
  const file = (name: string, text: string) => {
    const path = join(files, name)
    writeFileSync(path, text)
    return path
  }
  const ours = authority("ours")
  const ca = file("authority.pem", ours.certificateAuthority)
  const { certificate, key } = ours.issue("a node", ["127.0.0.1"])
  const own = ["--certificate", file("certificate.pem", certificate), "--key", file("key.pem", key)]

  test.for(["tls", "ws", "wss"])("two nodes talk over %s", async (scheme) => {
    const anywhere = `${scheme}://127.0.0.1:0`
    const one = await startNode("--listen", anywhere)
    assert.match(one.address, new RegExp(`^${scheme}://127`))
    const two = await startNode("--listen", anywhere, "--join", one.address)
    const { address } = await one.node.event("peer", ({ id }) => id === two.id)
    assert.strictEqual(address, two.address)
    for (const [from, to] of [
      [one, two],
      [two, one]
    ] as const) {
      from.node.tell({ cmd: "broadcast", payload: ["hello", scheme] })
      const heard = await to.node.event("message")
      assert.deepInclude(heard, { sender: from.id, payload: ["hello", scheme] })
    }
    await Promise.all([stop(one), stop(two)])
  })

  test("a node on two of them is a bridge", async () => {
    const bridge = await startNode("--listen", ANYWHERE, "--listen", "wss://127.0.0.1:0")
    const isSecure = ({ address }: { readonly address: string | null }) =>
      address?.startsWith("wss:") === true
    const { address: wss } = await bridge.node.event("listening", isSecure)
    const one = await startNode("--join", bridge.address)
    const other = await startNode("--join", wss ?? "")
    for (const { id } of [one, other]) await bridge.node.event("peer", (peer) => peer.id === id)
    await other.node.event("peer")
    one.node.tell({ cmd: "broadcast", payload: ["over"] })
    const heard = await other.node.event("message")
    assert.deepInclude(heard, { sender: one.id, payload: ["over"] })
    // No dial leads back: the bridge carries the answer.
    other.node.tell({ cmd: "reply", to: heard.id, payload: ["and back"] })
    const answer = await one.node.event("message")
    assert.deepInclude(answer, { sender: other.id, flag: "whisper", payload: ["and back"] })
    assert.lengthOf(
      one.node.events.filter(({ event }) => event === "peer"),
      1
    )
    await Promise.all([stop(one), stop(other), stop(bridge)])
  })

  test("an authority lets in its own, and keeps out all others, at both ends", async () => {
    const secured = [...own, "--authority", ca, "--mutual"]
    const one = await startNode("--listen", "tls://127.0.0.1:0", ...secured)
    const stranger = await startNode("--listen", "tls://127.0.0.1:0", "--join", one.address)
    const friend = await startNode("--join", one.address, "--join", stranger.address, ...secured)
    await one.node.event("peer", ({ id }) => id === friend.id)
    const { detail } = await friend.node.event("unreachable")
    assert.include(detail, "self-signed")
    assert.isFalse(stranger.node.events.some(({ event }) => event === "peer"))
    await Promise.all([stop(one), stop(friend), stop(stranger)])
  })

  const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, ReadonlyArray<string>]> = [
    [
      ["--certificate", join(files, "none.pem")],
      ["--certificate", "none.pem", "NotFound"]
    ],
    [["--key", files], ["--key"]],
    [
      ["--authority", "/dev/zero"],
      ["--authority", "1048576"]
    ],
    [
      ["--certificate", file("broken.pem", "no certificate"), "--key", file("k.pem", key)],
      ["--certificate", "broken.pem"]
    ],
    [
      ["--certificate", file("c.pem", certificate)],
      ["--certificate", "key"]
    ],
    [
      [...own.slice(0, 2), "--key", file("other.pem", ours.issue("another", []).key)],
      ["--key", "other.pem"]
    ],
    [
      ["--authority", file("broken-authority.pem", "-----BEGIN CERTIFICATE-----")],
      ["--authority", "broken-authority.pem"]
    ],
    [["--mutual"], ["--mutual", "authority"]]
  ]
  test.for(wrong)("%j is called wrong", async ([args, parts]) => {
    const program = new Spawned("p2p", "node", ...args)
    assert.strictEqual(await program.exit, 2)
    for (const part of parts) assert.include(program.stderr, part)
    assert.notInclude(program.stderr, "PRIVATE KEY")
    assert.strictEqual(program.stdout, "")
  })
})
