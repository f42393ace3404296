/**
 * Chance that is no chance: streams of numbers made from a run's seed and a name, so that a draw in one node
 * changes nothing in another.
 *
 * The generator is xoshiro128** 1.1 (D. Blackman and S. Vigna, "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47(4), 2021), its state the SHA-256 of seed and name: 32-bit arithmetic, for a run of
 * a large network makes millions of draws.
 *
 * @since 0.1.0
 */
import { sha256 } from "@noble/hashes/sha2.js"
import * as SecureRandom from "effect/crypto/SecureRandom"
import type * as Random from "effect/Random"
import * as Bytes from "../../domain/Bytes.ts"

const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by))

/** A stream of draws. */
export class SeededRandom implements Random.Random {
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(seed: number | string, name: string) {
    const digest = sha256(Bytes.fromText(`${seed}/${name}`))
    const view = new DataView(digest.buffer, digest.byteOffset)
    this.a = view.getUint32(0)
    this.b = view.getUint32(4)
    this.c = view.getUint32(8)
    // Never all zero.
    this.d = view.getUint32(12) | 1
  }

  /** 32 bits, as an unsigned integer. */
  next(): number {
    const result = Math.imul(rotate(Math.imul(this.b, 5), 7), 9) >>> 0
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = rotate(this.d, 11)
    return result
  }

  /** From [0, 1), with 53 bits. */
  nextDoubleUnsafe(): number {
    return ((this.next() >>> 5) * 0x400_0000 + (this.next() >>> 6)) / 2 ** 53
  }

  nextIntUnsafe(): number {
    return Math.floor((this.nextDoubleUnsafe() * 2 - 1) * Number.MAX_SAFE_INTEGER)
  }

  /** A whole number from 0 to below a limit. */
  below(limit: number): number {
    return Math.floor(this.nextDoubleUnsafe() * limit)
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return probability > 0 && this.nextDoubleUnsafe() < probability
  }

  /** One of some things; undefined of none. */
  pick<A>(items: ReadonlyArray<A>): A | undefined {
    return items[this.below(items.length)]
  }

  /** From a normal distribution of mean 0 and variance 1 (G. Box and M. Muller, 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextDoubleUnsafe()))
    return radius * Math.cos(2 * Math.PI * this.nextDoubleUnsafe())
  }

  /** Bytes that nobody should take for a secret. */
  get secure(): SecureRandom.SecureRandom["Service"] {
    return SecureRandom.make((size) => {
      const bytes = new Uint8Array(size)
      for (let i = 0; i < size; i++) bytes[i] = this.next()
      return bytes
    })
  }
}
