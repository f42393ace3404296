// The limit: what eight nodes cost when nothing is there but sockets, frames, a digest check and
// a Set of seen ids. No supervision, no limits, no expiry, no compression, no typed anything;
// headers and payloads are read by hand. What a library adds has to be paid on top of this.

import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net"
import { once } from "node:events"
import { edges } from "../mesh/Topology.ts"
import type { Delivery, Network, NetworkOptions, Subject } from "../mesh/Subject.ts"
import * as Frame from "./MinimumFrame.ts"

const OUTBOX_BYTES = 128 * 1_024
const EMPTY = Buffer.alloc(0)

class Link {
  /** The node at the other end, known once its handshake is here. */
  peer = ""
  readonly socket: Socket
  readonly #node: Node
  #rest: Buffer = EMPTY
  #outbox = Buffer.allocUnsafeSlow(OUTBOX_BYTES)
  #used = 0

  constructor(socket: Socket, node: Node) {
    this.socket = socket
    this.#node = node
    socket.setNoDelay(true)
    socket.on("data", (chunk: Buffer) => this.#receive(chunk))
    socket.on("error", () => socket.destroy())
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      const end = Frame.frameEnd(bytes, at)
      if (end < 0 || end > bytes.length) break
      this.#node.receive(this, bytes, at, end)
      at = end
    }
    this.#rest = at === bytes.length ? EMPTY : bytes.subarray(at)
  }

  /** Copies a frame behind those that wait: one write of gathered bytes is far cheaper than many. */
  append(from: Buffer, at: number, end: number): void {
    const length = end - at
    if (this.#used + length > this.#outbox.length) this.#grow(length)
    from.copy(this.#outbox, this.#used, at, end)
    this.#used += length
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * this.#outbox.length + length)
    this.#outbox.copy(larger, 0, 0, this.#used)
    this.#outbox = larger
  }

  flush(): void {
    if (this.#used === 0) return
    this.socket.write(this.#outbox.subarray(0, this.#used))
    this.#used = 0
    // Whole in the kernel's hands: the buffer is ours again. Else the socket still reads from it.
    if (this.socket.writableLength > 0) this.#outbox = Buffer.allocUnsafeSlow(OUTBOX_BYTES)
  }
}

class Node {
  readonly links: Array<Link> = []
  readonly seen = new Set<string>()
  readonly server: Server
  readonly #id: string
  readonly #deliver: (payload: Uint8Array) => void
  readonly #draft = Buffer.allocUnsafeSlow(1_024)
  #flushing = false

  constructor(id: string, deliver: (payload: Uint8Array) => void) {
    this.#id = id
    this.#deliver = deliver
    this.server = createServer((socket) => this.adopt(socket))
  }

  adopt(socket: Socket): void {
    const link = new Link(socket, this)
    this.links.push(link)
    const end = Frame.writeUnsealed(this.#draft, 0, Frame.WHISPER, this.#id, Frame.HANDSHAKE, EMPTY)
    Frame.seal(this.#draft, 0, end)
    link.append(this.#draft, 0, end)
    this.#flushSoon()
  }

  broadcast(payload: Uint8Array): void {
    const draft = this.#draft
    const end = Frame.writeUnsealed(draft, 0, Frame.BROADCAST, this.#id, Frame.BROADCAST, payload)
    this.seen.add(Frame.seal(draft, 0, end))
    for (const link of this.links) link.append(draft, 0, end)
    this.#flushSoon()
  }

  receive(link: Link, chunk: Buffer, at: number, end: number): void {
    const digest = Frame.digestOf(chunk, at)
    if (this.seen.has(digest)) return
    if (!Frame.digestFits(chunk, at, end, digest)) {
      link.socket.destroy()
      return
    }
    const sender = Frame.senderOf(chunk, at)
    if (Frame.flagOf(chunk, at) === Frame.WHISPER) {
      link.peer = sender
      return
    }
    this.seen.add(digest)
    for (const other of this.links) {
      if (other !== link && other.peer !== sender) other.append(chunk, at, end)
    }
    this.#flushSoon()
    this.#deliver(Frame.payloadOf(chunk, at, end))
  }

  // An immediate runs after all sockets that were readable have been read: one write a link for
  // whatever one turn of the event loop brought.
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      for (const link of this.links) link.flush()
    })
  }
}

const portOf = (address: AddressInfo | string | null): number => {
  if (address === null || typeof address === "string") throw new TypeError("not a TCP address")
  return address.port
}

const makeNetwork = async ({ nodes: count, peersEach }: NetworkOptions): Promise<Network> => {
  let deliver: Delivery = () => {}
  const nodes = Array.from(
    { length: count },
    // As long as the base58 of a SHA-384, which real ids are.
    (_, index) => new Node(`node${index}`.padEnd(66, "x"), (payload) => deliver(index, payload))
  )
  const at = (index: number): Node => {
    const node = nodes[index]
    if (node === undefined) throw new RangeError(`no node ${index}`)
    return node
  }
  for (const node of nodes) await once(node.server.listen(0, "127.0.0.1"), "listening")
  for (const [from, to] of edges(count, peersEach)) {
    const socket = connect(portOf(at(to).server.address()), "127.0.0.1")
    await once(socket, "connect")
    at(from).adopt(socket)
  }
  while (
    !nodes.every(
      (node) => node.links.length === peersEach && node.links.every((link) => link.peer !== "")
    )
  ) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    broadcast: (node, payload) => at(node).broadcast(payload),
    onDelivery: (callback) => {
      deliver = callback
    },
    preload: async (messages) => {
      for (const node of nodes) {
        node.seen.clear()
        // Strings of a digest's length, each node its own copies, as if they had been received.
        for (let n = 0; n < messages; n++)
          node.seen.add(Buffer.from(`${n}`.padStart(32, ".")).toString("latin1"))
      }
    },
    stop: async () => {
      for (const node of nodes) {
        node.server.close()
        for (const link of node.links) link.socket.destroy()
      }
    }
  }
}

export const subject: Subject = { makeNetwork }
