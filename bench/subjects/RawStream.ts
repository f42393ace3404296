// The limit for one-way streaming: bare sockets, the same frames, writes of whole blocks and
// back-pressure. In two forms: digests left out at both ends (what the socket and the framing cost), and
// made by the sender and checked by the receiver (what anyone who speaks the protocol must pay).

import { createServer, connect } from "node:net"
import { once } from "node:events"
import type { StreamSubject, Subject } from "../mesh/Subject.ts"
import * as Frame from "./MinimumFrame.ts"

const BLOCK_BYTES = 64 * 1_024
const ID = "sender".padEnd(66, "x")
const EMPTY = Buffer.alloc(0)

const rawStream = (digests: boolean): StreamSubject => ({
  receive: async (onMessages) => {
    const server = createServer((socket) => {
      let rest: Buffer = EMPTY
      socket.on("error", () => socket.destroy())
      socket.on("data", (chunk: Buffer) => {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
        let at = 0
        let messages = 0
        for (;;) {
          const end = Frame.frameEnd(bytes, at)
          if (end < 0 || end > bytes.length) break
          if (digests && !Frame.digestFits(bytes, at, end, Frame.digestOf(bytes, at))) {
            socket.destroy()
            return
          }
          at = end
          messages++
        }
        rest = at === bytes.length ? EMPTY : bytes.subarray(at)
        onMessages(messages)
      })
    })
    await once(server.listen(0, "127.0.0.1"), "listening")
    const address = server.address()
    return {
      address: address === null || typeof address === "string" ? "" : `${address.port}`,
      stop: async () => {
        server.close()
      }
    }
  },

  send: async (address, count, bytes) => {
    const socket = connect(Number(address), "127.0.0.1")
    await once(socket, "connect")
    const payload = Buffer.alloc(bytes)
    const length = Frame.frameBytes(ID, bytes)
    const template = Buffer.alloc(length)
    Frame.writeUnsealed(template, 0, Frame.BROADCAST, ID, Frame.BROADCAST, payload)
    for (let sent = 0; sent < count;) {
      const frames = Math.min(count - sent, Math.floor(BLOCK_BYTES / length))
      // A block belongs to the socket until it is written: a fresh one each time.
      const block = Buffer.allocUnsafeSlow(frames * length)
      for (let n = 0; n < frames; n++) {
        const at = n * length
        block.set(template, at)
        block.writeUInt32BE(sent + n, at + length - bytes)
        if (digests) Frame.seal(block, at, at + length)
      }
      sent += frames
      if (!socket.write(block)) await once(socket, "drain")
    }
    await new Promise<void>((resolve) => socket.end(resolve))
  }
})

export const unchecked: Subject = { stream: rawStream(false) }
export const checked: Subject = { stream: rawStream(true) }
