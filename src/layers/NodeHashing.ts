/**
 * Digests by Node's own crypto.
 *
 * @since 0.1.0
 */
import { Buffer } from "node:buffer"
import * as Crypto from "node:crypto"
import * as Layer from "effect/Layer"
import type { Hasher } from "../domain/Hasher.ts"
import { Hashing } from "../services/Hashing.ts"

/** The memory that keys were last taken from, as a Buffer: many are taken from one chunk. */
let view: Buffer = Buffer.alloc(0)

const viewOf = (bytes: Uint8Array): Buffer => {
  if (view.buffer !== bytes.buffer) view = Buffer.from(bytes.buffer)
  return view
}

export const hasher: Hasher = {
  digest: (algorithm, bytes) => Crypto.hash(algorithm, bytes, "buffer"),
  // "binary" is what Node's types call latin1: thrice as fast as a digest in a Buffer.
  sha256Key: (bytes) => Crypto.hash("sha256", bytes, "binary"),
  toKey: (bytes, start, end) =>
    viewOf(bytes).toString("latin1", bytes.byteOffset + start, bytes.byteOffset + end)
}

export const layer: Layer.Layer<Hashing> = Layer.succeed(Hashing, hasher)
