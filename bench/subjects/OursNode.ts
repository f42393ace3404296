// TO DO, as soon as the library has a whole node: the only file of the benchmark that imports it.
//
// What is missing, and how it is meant:
// - one ManagedRuntime a node over the node layer of ../../src/layers (TCP, 127.0.0.1, port 0, the
//   addresses to join, as many outgoing connections as there are addresses: none is dialled of its own
//   accord, so the links are the ring's). Nodes start in order and join only older ones, so nothing
//   is dialled before it listens;
// - deliveries from the subscription that a user would take, drained in batches, not from inside;
// - `remember` puts distinct keys of the current second into the node's RelayCache (`offer`);
// - `stream` is a loop inside one Effect with the mesh's own back-pressure.

import { NotAvailable } from "../mesh/Subject.ts"

export interface NodeOptions {
  /** Ports on 127.0.0.1 of the nodes to dial: all of them, and no others. */
  readonly join: ReadonlyArray<number>
  /** What arrives, in the order in which it does. */
  readonly onPayload: (payload: Uint8Array) => void
}

export interface OurNode {
  readonly port: number
  /** Open connections, after the handshake. */
  readonly peers: () => number
  readonly broadcast: (payload: Uint8Array) => void
  /** Broadcasts `count` payloads of `bytes` bytes; resolves once the last was handed to a socket. */
  readonly stream: (count: number, bytes: number) => Promise<void>
  /** Puts so many messages into the relay cache. */
  readonly remember: (count: number) => void
  readonly stop: () => Promise<void>
}

export const startNode = async (_options: NodeOptions): Promise<OurNode> => {
  throw new NotAvailable("the mesh is not written yet")
}
