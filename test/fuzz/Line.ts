/** One connection of the attacker's: it says what it is told to, and takes what comes without a look. */
import * as Net from "node:net"

/** A connection that the node does not take must not hold up the attack. */
const CONNECT_MILLIS = 2_000
const DRAIN_MILLIS = 2_000

export interface LineOptions {
  readonly port: number
  /** Which of the hosts of 127.0.0.0/8 it seems to come from. */
  readonly host: string
  /** Whether it reads at all. */
  readonly reads: boolean
}

export class Line {
  /** Set once either end has closed it. */
  isClosed = false
  private readonly socket: Net.Socket

  private constructor(socket: Net.Socket, reads: boolean) {
    this.socket = socket
    socket.on("close", () => {
      this.isClosed = true
    })
    if (reads) socket.resume()
    else socket.pause()
  }

  /** None where nobody answers. */
  static open({ host, port, reads }: LineOptions): Promise<Line | undefined> {
    return new Promise((resolve) => {
      const socket = Net.createConnection({
        host: "127.0.0.1",
        port,
        localAddress: host,
        noDelay: true
      })
      const timer = setTimeout(() => socket.destroy(), CONNECT_MILLIS)
      socket.on("error", () => undefined)
      socket.once("connect", () => {
        clearTimeout(timer)
        resolve(new Line(socket, reads))
      })
      socket.once("close", () => {
        clearTimeout(timer)
        resolve(undefined)
      })
    })
  }

  /** Resolves once the socket wants more, or is gone, or will not take it for long. */
  write(bytes: Uint8Array): Promise<void> {
    const { socket } = this
    return new Promise((resolve) => {
      if (this.isClosed || !socket.writable || socket.write(bytes)) return resolve()
      const timer = setTimeout(() => done(), DRAIN_MILLIS)
      const done = () => {
        clearTimeout(timer)
        socket.off("drain", done)
        socket.off("close", done)
        resolve()
      }
      socket.once("drain", done)
      socket.once("close", done)
    })
  }

  /** Says that it will say no more, and goes on to listen: a half-open connection. */
  end(): void {
    this.socket.end()
  }

  close(): void {
    this.socket.destroy()
  }
}
