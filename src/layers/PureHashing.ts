/**
 * Digests in pure JavaScript, for browsers and simulations: synchronous wherever it runs.
 *
 * @since 0.1.0
 */
import { sha1 } from "@noble/hashes/legacy.js"
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js"
import * as Layer from "effect/Layer"
import * as Bytes from "../domain/Bytes.ts"
import type { Hasher } from "../domain/Hasher.ts"
import { Hashing } from "../services/Hashing.ts"

const digests = { sha1, sha224, sha256, sha384, sha512 }

export const hasher: Hasher = {
  digest: (algorithm, bytes) => digests[algorithm](bytes),
  sha256Key: (bytes) => Bytes.toKey(sha256(bytes)),
  toKey: Bytes.toKey
}

export const layer: Layer.Layer<Hashing> = Layer.succeed(Hashing, hasher)
