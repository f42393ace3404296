import { describe, expect, test } from "vitest"
import { foreignMeshSuite, newTag, nodeStarter } from "./suites.ts"

// 2,000 at once: js2p looks through all that it remembers for each message, so more takes long.
foreignMeshSuite("js2p", { count: 2_000, paced: false })

describe("js2p nodes that know only our node", () => {
  const start = nodeStarter()

  test("hear each other through it", async () => {
    const ours = await start("ours")
    // js2p does not dial a second peer of a known port: with one port for all, neither of the two
    // connects to the other although our node tells them of each other.
    const one = await start("js2p", { join: [ours], port: ours.port })
    const two = await start("js2p", { join: [ours], port: ours.port })
    for (const [from, to] of [
      [one, two],
      [two, one]
    ] as const) {
      const tag = newTag("through ours")
      from.broadcast([tag])
      expect(await to.hears(tag)).toMatchObject({ flag: "broadcast", sender: from.id })
      expect(await ours.hears(tag)).toMatchObject({ flag: "broadcast", sender: from.id })
    }
    for (const node of [one, two]) {
      expect(await node.peers()).toMatchObject([{ id: ours.id }])
      expect(node.errors).toEqual([])
    }
  })

  test("stay with it when it knows several others", async () => {
    const ours = await start("ours")
    for (const join of [[ours], [ours], [ours]]) await start("ours", { join })
    // Told of a second unknown peer before the first one has answered, js2p throws and leaves the
    // one that told it.
    const theirs = await start("js2p", { join: [ours] })
    await theirs.waitFor("peer", ({ id }) => id !== ours.id, "a peer that ours told it of")
    const tag = newTag("still there")
    ours.broadcast([tag])
    await theirs.hears(tag)
    expect((await theirs.peers()).map(({ id }) => id)).toContain(ours.id)
    expect(theirs.errors).toEqual([])
  })
})
