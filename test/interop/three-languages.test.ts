import { describe, expect, test } from "vitest"
import type { LiveNode } from "./harness.ts"
import { withoutPy2p } from "./setup.ts"
import { newTag, nodeStarter } from "./suites.ts"

const expectOneMesh = async (nodes: ReadonlyArray<LiveNode>): Promise<void> => {
  for (const from of nodes) {
    const tag = newTag("to all")
    from.broadcast([tag, { $bytes: "AP8=" }])
    for (const to of nodes.filter((node) => node !== from)) {
      const heard = await to.hears(tag)
      expect(heard).toMatchObject({ sender: from.id, payload: [tag, { $bytes: "AP8=" }] })
    }
  }
}

describe.skipIf(withoutPy2p() !== undefined)("a network of py2p, ours and js2p", () => {
  const start = nodeStarter()

  test.each([
    { who: "ours dials both", oursDials: true },
    { who: "both dial ours", oursDials: false }
  ])("a broadcast from any reaches the other two, once: $who", async ({ oursDials }) => {
    const first = oursDials ? [] : [await start("ours")]
    const py2p = await start("py2p", { join: first })
    const js2p = await start("js2p", { join: first })
    const [ours = await start("ours", { join: [py2p, js2p] })] = first
    await expectOneMesh([py2p, ours, js2p])
    await expectOneMesh([js2p, py2p, ours])

    for (const node of [py2p, ours, js2p]) {
      const heard = node.events.filter(({ event }) => event === "message")
      expect(heard, node.name).toHaveLength(4)
      expect(node.errors, node.name).toEqual([])
    }
    // The old ones refuse each other, and py2p does not recover from trying: our node, which
    // knows better, tells neither of the other.
    expect(await py2p.peers()).toMatchObject([{ id: ours.id }])
    expect(await js2p.peers()).toMatchObject([{ id: ours.id }])
    expect(await ours.peers()).toHaveLength(2)
  })
})
