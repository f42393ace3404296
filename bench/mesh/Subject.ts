// What a library has to be able to do to be measured: the two interfaces behind which ours, the
// competitor and the hand-written limit look the same to the harness.

export interface NetworkOptions {
  /** How many nodes, all in this process, each listening on a real socket. */
  readonly nodes: number
  /** Neighbours of each node: always `edges(nodes, peersEach)` of Topology.ts, and no others. */
  readonly peersEach: number
}

/** Called for each broadcast that a node hands to its user: once a node and message, if all is well. */
export type Delivery = (node: number, payload: Uint8Array) => void

export interface Network {
  /** Sends from a node to all others. The payload is not changed afterwards. */
  readonly broadcast: (node: number, payload: Uint8Array) => void
  /** Set once, before the first broadcast. */
  readonly onDelivery: (callback: Delivery) => void
  /**
   * Leaves every node's relay cache holding `count` distinct messages that are not of the coming
   * run. A subject that is able to forgets what it relayed before, so that a run starts from
   * exactly `count`; one that is not only adds.
   */
  readonly preload: (count: number) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Messages from one process to another, in one direction. */
export interface Receiver {
  /** Where a sender finds this receiver, in whatever form the subject's own sender understands. */
  readonly address: string
  readonly stop: () => Promise<void>
}

export interface StreamSubject {
  /** Listens, and calls back with the number of whole messages that have arrived since the last call. */
  readonly receive: (onMessages: (count: number) => void) => Promise<Receiver>
  /** Sends `count` messages of `bytes` bytes and resolves once the last was handed to the socket. */
  readonly send: (address: string, count: number, bytes: number) => Promise<void>
}

/** A module that lacks a part leaves it out, and the harness leaves it out of that comparison. */
export interface Subject {
  readonly makeNetwork?: (options: NetworkOptions) => Promise<Network>
  readonly stream?: StreamSubject
}

/** A subject that cannot be measured here: not written yet, or its package cannot be installed. */
export class NotAvailable extends Error {
  readonly _tag = "NotAvailable"
}
