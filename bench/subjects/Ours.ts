// This library, through what its users have: nodes built from its layers, broadcast and subscribe.

import type { Delivery, Network, NetworkOptions, Subject } from "../mesh/Subject.ts"
import { olderNeighbours } from "../mesh/Topology.ts"
import { startNode, type OurNode, type Scheme } from "./OursNode.ts"

const CONNECT_MILLIS = 10_000

const untilConnected = async (nodes: ReadonlyArray<OurNode>, peersEach: number): Promise<void> => {
  const deadline = performance.now() + CONNECT_MILLIS
  while (!nodes.every((node) => node.peers() === peersEach)) {
    if (performance.now() > deadline) {
      throw new Error(
        `peers after ${CONNECT_MILLIS} ms: ${nodes.map((node) => node.peers()).join(" ")}`
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const makeNetwork = async (
  scheme: Scheme,
  { nodes: count, peersEach }: NetworkOptions
): Promise<Network> => {
  let deliver: Delivery = () => {}
  const nodes: Array<OurNode> = []
  const at = (index: number): OurNode => {
    const node = nodes[index]
    if (node === undefined) throw new RangeError(`no node ${index}`)
    return node
  }
  for (let index = 0; index < count; index++) {
    nodes.push(
      await startNode({
        scheme,
        join: olderNeighbours(count, peersEach, index).map((neighbour) => at(neighbour).port),
        onPayload: (payload) => deliver(index, payload)
      })
    )
  }
  await untilConnected(nodes, peersEach)
  return {
    broadcast: (node, payload) => at(node).broadcast(payload),
    onDelivery: (callback) => {
      deliver = callback
    },
    // Adds to what the warm-up left there: a cache forgets with time, not on demand.
    preload: async (messages) => {
      for (const node of nodes) node.remember(messages)
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    }
  }
}

/** Our nodes over one transport. */
export const over = (scheme: Scheme): Subject => ({
  makeNetwork: (options) => makeNetwork(scheme, options),
  stream: {
    receive: async (onMessages) => {
      const node = await startNode({ scheme, join: [], onPayload: () => onMessages(1) })
      return { address: `${node.port}`, stop: node.stop }
    },
    send: async (address, count, bytes) => {
      const node = await startNode({ scheme, join: [Number(address)], onPayload: () => {} })
      await untilConnected([node], 1)
      await node.stream(count, bytes)
    }
  }
})
