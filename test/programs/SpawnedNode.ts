/** A node of the command line in a process of its own, started and stopped. */
import { assert } from "@effect/vitest"
import { Spawned } from "./Spawned.ts"

export const ANYWHERE = "tcp://127.0.0.1:0"

/** Starts one, and waits until it listens. */
export const startNode = async (...args: ReadonlyArray<string>) => {
  const node = new Spawned("p2p", "node", "--json", ...args)
  const { address, id } = await node.event("listening")
  return { node, id, address: address ?? "" }
}

/** Stops it in order. */
export const stop = async ({ node }: { readonly node: Spawned }) => {
  node.tell({ cmd: "stop" })
  assert.strictEqual(await node.exit, 0)
  assert.strictEqual(node.stderr, "")
}
