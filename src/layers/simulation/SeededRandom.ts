/**
 * Chance that is no chance: streams of numbers made from a run's seed and a name, so that a draw in one node
 * changes nothing in another.
 *
 * The generator is SplitMix64's mixing function over a counter (Steele, Lea and Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014), keyed by the SHA-256 of seed and name.
 *
 * @since 0.1.0
 */
import { sha256 } from "@noble/hashes/sha2.js"
import * as SecureRandom from "effect/crypto/SecureRandom"
import type * as Random from "effect/Random"
import * as Bytes from "../../domain/Bytes.ts"

const MASK = (1n << 64n) - 1n
const GAMMA = 0x9e3779b97f4a7c15n

const mix = (value: bigint): bigint => {
  let z = value
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK
  return z ^ (z >> 31n)
}

/** A stream of draws. */
export class SeededRandom implements Random.Random {
  private state: bigint

  constructor(seed: number | string, name: string) {
    const digest = sha256(Bytes.fromText(`${seed}/${name}`))
    this.state = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0)
  }

  private next(): bigint {
    this.state = (this.state + GAMMA) & MASK
    return mix(this.state)
  }

  /** From [0, 1), with 53 bits. */
  nextDoubleUnsafe(): number {
    return Number(this.next() >> 11n) / 2 ** 53
  }

  nextIntUnsafe(): number {
    return Math.floor((this.nextDoubleUnsafe() * 2 - 1) * Number.MAX_SAFE_INTEGER)
  }

  /** Bytes that nobody should take for a secret. */
  readonly secure = SecureRandom.make((size) => {
    const bytes = new Uint8Array(size)
    for (let i = 0; i < size; i++) bytes[i] = Math.floor(this.nextDoubleUnsafe() * 256)
    return bytes
  })
}
