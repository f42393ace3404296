// js2p 0.7.870, used as its documents say, on as near the same topology as it can be brought to.
//
// - It refuses a second peer with an equal host or an equal port: each node has a 127.0.0.x and a
//   port of its own.
// - What peers tell of other peers makes a node dial them until it has four outgoing connections
//   of its own, which on eight nodes ends near a full mesh. `max_outgoing` is an exported
//   variable; at 0 a node dials only what it is told to, and the links are exactly the ring's.
// - It checks for known peers before dialling, so all links are dialled before any handshake.
// - It offers zlib and gzip, in pure JavaScript, and then compresses every message. That halves
//   its speed and triples its latency, so the comparison is with an empty offer, which it allows:
//   the better of the two. `compressing` is the same as its users get it.

import { createServer } from "node:net"
import { once } from "node:events"
import { edges } from "../mesh/Topology.ts"
import {
  NotAvailable,
  type Delivery,
  type Network,
  type NetworkOptions,
  type Subject
} from "../mesh/Subject.ts"

const CONNECT_MILLIS = 10_000

const load = async () => {
  try {
    return (await import("js2p")).default
  } catch (cause) {
    throw new NotAvailable("the package js2p is not installed in bench/", { cause })
  }
}

/** Free ports, all different; js2p has to be told its port. */
const freePorts = async (count: number): Promise<ReadonlyArray<number>> => {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: Array<number> = []
  for (const server of servers) {
    // Held open, all on one address, until the last is found: no port comes twice.
    await once(server.listen(0, "127.0.0.1"), "listening")
    const address = server.address()
    if (address !== null && typeof address !== "string") ports.push(address.port)
  }
  for (const server of servers) {
    server.close()
    await once(server, "close")
  }
  return ports
}

const makeNetwork = async (
  { nodes: count, peersEach }: NetworkOptions,
  compress: boolean
): Promise<Network> => {
  const js2p = await load()
  js2p.mesh.max_outgoing = 0
  if (!compress) js2p.base.compression.length = 0
  const ports = await freePorts(count)
  let deliver: Delivery = () => {}
  const nodes = ports.map((port, index) => ({
    host: `127.0.0.${index + 2}`,
    port,
    socket: new js2p.mesh.MeshSocket(`127.0.0.${index + 2}`, port)
  }))
  const at = (index: number) => {
    const node = nodes[index]
    if (node === undefined) throw new RangeError(`no node ${index}`)
    return node
  }
  for (const [index, { socket }] of nodes.entries()) {
    if (!socket.incoming.listening) await once(socket.incoming, "listening")
    socket.on("message", () => {
      const payload = socket.recv()?.packets[1]
      if (payload instanceof Uint8Array) deliver(index, payload)
    })
  }
  for (const [from, to] of edges(count, peersEach))
    at(from).socket.connect(at(to).host, at(to).port)
  const deadline = performance.now() + CONNECT_MILLIS
  while (!nodes.every(({ socket }) => socket.routing_table.size === peersEach)) {
    if (performance.now() > deadline) throw new Error("js2p did not reach the topology")
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    broadcast: (node, payload) => at(node).socket.send([payload]),
    onDelivery: (callback) => {
      deliver = callback
    },
    // Put there directly: sent one by one, 100,000 messages would take it hours. They are as it
    // stores them, and it drops them of itself after 60 s.
    preload: async (messages) => {
      const seconds = Math.floor(Date.now() / 1_000)
      for (const { socket } of nodes) {
        socket.waterfalls = Array.from({ length: messages }, (_, n) => {
          const id = Buffer.alloc(32, 0xff)
          id.writeUInt32BE(n)
          return [id, seconds]
        })
      }
    },
    stop: async () => {
      for (const { socket } of nodes) socket.close()
    }
  }
}

export const subject: Subject = { makeNetwork: (options) => makeNetwork(options, false) }
export const compressing: Subject = { makeNetwork: (options) => makeNetwork(options, true) }
