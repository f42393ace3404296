/**
 * By which connection the broadcasts of each sender come: the way back to it.
 *
 * The first copy of a broadcast to arrive has taken the quickest way, and a message along it reaches the
 * sender as long as those in between are there. Bounded by two generations: what is asked for or heard
 * from stays, the rest leaves when the younger one is full. Each operation is O(1), without an
 * allocation where nothing changes, for it runs once for each new broadcast.
 *
 * Source: reverse-path forwarding as of Y. K. Dalal and R. M. Metcalfe, "Reverse path forwarding of
 * broadcast packets", CACM 21(12), 1978; here the path is used backwards, for single messages.
 *
 * @since 0.1.0
 */
import { ROUTES_MAX } from "./Limits.ts"

export class RouteTable {
  private readonly generationMax: number
  private young = new Map<string, number>()
  private old = new Map<string, number>()

  constructor(capacity: number = ROUTES_MAX) {
    this.generationMax = Math.max(1, Math.floor(capacity / 2))
  }

  /** Senders that are remembered. */
  get size(): number {
    return this.young.size + this.old.size
  }

  /** Remembers that a sender, by its id's key, was heard by way of the connection of this number. */
  hear(senderKey: string, connection: number): void {
    if (this.young.get(senderKey) === connection) return
    if (this.young.size >= this.generationMax && !this.young.has(senderKey)) {
      this.old = this.young
      this.young = new Map()
    }
    this.old.delete(senderKey)
    this.young.set(senderKey, connection)
  }

  /** The number of the connection that leads to a node. */
  find(key: string): number | undefined {
    return this.young.get(key) ?? this.old.get(key)
  }
}
