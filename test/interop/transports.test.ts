import { once } from "node:events"
import { connect } from "node:tls"
import { describe, expect, test } from "vitest"
import type { LiveNode } from "./harness.ts"
import { withoutPy2p } from "./setup.ts"
import { foreignTransportSuite, newTag, nodeStarter } from "./suites.ts"

foreignTransportSuite("js2p", "SSL", { count: 500, paced: false })
foreignTransportSuite("js2p", "ws", { count: 500, paced: false })
foreignTransportSuite("js2p", "wss", { count: 500, paced: false }, "ours")

describe("js2p that listens on wss", () => {
  const start = nodeStarter("wss")

  // As a server does that has no certificate to show. js2p can't dial it either.
  test("refuses every TLS handshake, ours or not", async () => {
    const { host, port } = (await start("js2p")).places[0]
    const socket = connect({ host, port, rejectUnauthorized: false })
    const [error] = await once(socket, "error")
    expect(String(error)).toContain("handshake failure")
  })
})

describe.skipIf(withoutPy2p() !== undefined)("py2p", () => {
  foreignTransportSuite("py2p", "SSL", { count: 200, paced: true })

  describe("js2p on ws and py2p on SSL, with ours between them", () => {
    const start = nodeStarter()

    /** A word from each is heard by the other two, once. */
    const expectBridged = async (nodes: ReadonlyArray<LiveNode>) => {
      for (const from of nodes) {
        const tag = newTag("across")
        from.broadcast([tag, { $bytes: "AP8=" }])
        for (const to of nodes.filter((node) => node !== from)) {
          const heard = await to.hears(tag)
          expect(heard).toMatchObject({ sender: from.id, payload: [tag, { $bytes: "AP8=" }] })
        }
      }
      for (const node of nodes) {
        expect(
          node.events.filter(({ event }) => event === "message"),
          node.name
        ).toHaveLength(2)
        expect(node.errors, node.name).toEqual([])
      }
    }

    test("which dials them", async () => {
      const js2p = await start("js2p", { encryptions: ["ws"] })
      const py2p = await start("py2p", { encryptions: ["SSL"] })
      const ours = await start("ours", { encryptions: ["ws", "SSL"], join: [js2p, py2p] })
      await expectBridged([js2p, ours, py2p])
    })

    test("which they dial", async () => {
      const ours = await start("ours", { encryptions: ["ws", "SSL"] })
      const js2p = await start("js2p", { encryptions: ["ws"], join: [ours] })
      const py2p = await start("py2p", { encryptions: ["SSL"], join: [ours] })
      await expectBridged([js2p, ours, py2p])
      // Each is told only of peers that it could dial: there are none.
      expect(await js2p.peers()).toMatchObject([{ id: ours.id }])
      expect(await py2p.peers()).toMatchObject([{ id: ours.id }])
    })
  })
})
