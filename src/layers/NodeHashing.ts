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

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export const hasher: Hasher = {
  digest: (algorithm, bytes) => Crypto.hash(algorithm, bytes, "buffer"),
  // "binary" is what Node's types call latin1: thrice as fast as a digest in a Buffer.
  sha256Key: (bytes) => Crypto.hash("sha256", bytes, "binary"),
  toKey: (bytes, start, end) => toBuffer(bytes).toString("latin1", start, end)
}

export const layer: Layer.Layer<Hashing> = Layer.succeed(Hashing, hasher)
