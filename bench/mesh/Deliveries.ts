import type { Network } from "./Subject.ts"
import type { Payloads } from "./Payloads.ts"

/**
 * Sends through one network and keeps the books: which node has had which broadcast, once each.
 * It runs in the process it measures; its cost (a table look-up a delivery) is the same for each
 * subject.
 */
export class Deliveries {
  /** Called with each broadcast as the last node gets it. */
  onSettled: (sequence: number) => void = () => {}
  readonly nodes: number
  readonly #network: Network
  readonly #payloads: Payloads
  /** A bit for each node that has had the broadcast, by sequence number: hence 32 nodes at most. */
  readonly #had: Uint32Array
  readonly #missing: Uint8Array
  #count = 0
  #foreign = 0

  constructor(network: Network, payloads: Payloads, nodes: number) {
    this.nodes = nodes
    this.#network = network
    this.#payloads = payloads
    this.#had = new Uint32Array(payloads.count)
    this.#missing = new Uint8Array(payloads.count)
    network.onDelivery((node, payload) => this.#deliver(node, payload))
  }

  /** Deliveries so far, each node and message once; what a sender gets back of its own is none. */
  get count(): number {
    return this.#count
  }

  /** Payloads that were none of ours: damaged, or cut out of a frame at the wrong place. */
  get foreign(): number {
    return this.#foreign
  }

  send(sequence: number): void {
    const origin = sequence % this.nodes
    this.#had[sequence] = 1 << origin
    this.#missing[sequence] = this.nodes - 1
    this.#network.broadcast(origin, this.#payloads.at(sequence))
  }

  /** Stops waiting for a broadcast; gives how many nodes never had it. */
  giveUp(sequence: number): number {
    const missing = this.#missing[sequence] ?? 0
    this.#missing[sequence] = 0
    return missing
  }

  #deliver(node: number, payload: Uint8Array): void {
    const sequence = this.#payloads.sequenceOf(payload)
    if (sequence < 0) {
      this.#foreign++
      return
    }
    const had = this.#had[sequence] ?? 0
    const missing = this.#missing[sequence] ?? 0
    const bit = 1 << node
    if ((had & bit) !== 0 || missing === 0) return
    this.#had[sequence] = had | bit
    this.#missing[sequence] = missing - 1
    this.#count++
    if (missing === 1) this.onSettled(sequence)
  }
}
