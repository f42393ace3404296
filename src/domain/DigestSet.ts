/**
 * A set of 32-byte digests: a log of what was added, in order, and an index made from it.
 *
 * Digests lie behind one another in one array, and the index holds their numbers in an open-addressed
 * table, so that asking and adding make no object and touch two lines of memory; a set of strings
 * costs thrice the time and the space. The index is keyed by a salt, since a sender may choose its
 * digests.
 *
 * @since 0.1.0
 */
import * as Bytes from "./Bytes.ts"
import { DIGEST_BYTES } from "./Limits.ts"
import { uint32 } from "./MessagePackScan.ts"

const MIN_CAPACITY = 32

export class DigestSet {
  private readonly salt: number
  private count = 0
  private log = new Uint8Array(MIN_CAPACITY * DIGEST_BYTES)
  /** Numbers of digests, from 1; 0 is free. At most half of it is filled. */
  private index = new Int32Array(MIN_CAPACITY * 2)

  constructor(salt: number) {
    this.salt = salt
  }

  get size(): number {
    return this.count
  }

  /** Whether the digest at a position of some bytes is in the set. */
  has(bytes: Uint8Array, at: number): boolean {
    return (this.index[this.slot(bytes, at)] ?? 0) !== 0
  }

  /** Adds it; false where it was there already. */
  add(bytes: Uint8Array, at: number): boolean {
    const slot = this.slot(bytes, at)
    if ((this.index[slot] ?? 0) !== 0) return false
    const start = this.count * DIGEST_BYTES
    if (start === this.log.length) {
      this.grow()
      return this.add(bytes, at)
    }
    for (let i = 0; i < DIGEST_BYTES; i++) this.log[start + i] = bytes[at + i] ?? 0
    this.count++
    this.index[slot] = this.count
    return true
  }

  /** Makes the index anew from the log. */
  replay(): void {
    this.index = new Int32Array((this.log.length / DIGEST_BYTES) * 2)
    const count = this.count
    for (let number = 1; number <= count; number++) {
      this.index[this.slot(this.log, (number - 1) * DIGEST_BYTES)] = number
    }
  }

  /** The digests in the order in which they were added, as keys (`Bytes.toKey`), by way of the index. */
  keys(): ReadonlyArray<string> {
    return [...this.index]
      .filter((number) => number !== 0)
      .sort((a, b) => a - b)
      .map((number) => Bytes.toKey(this.log, (number - 1) * DIGEST_BYTES, number * DIGEST_BYTES))
  }

  private grow(): void {
    const log = new Uint8Array(this.log.length * 2)
    log.set(this.log)
    this.log = log
    this.replay()
  }

  /** Where the digest is in the index, or would be. */
  private slot(bytes: Uint8Array, at: number): number {
    const { index, log } = this
    const mask = index.length - 1
    let hash = Math.imul(uint32(bytes, at) ^ this.salt, 0x9e3779b1)
    hash = Math.imul(hash ^ (hash >>> 15) ^ uint32(bytes, at + 4), 0x85ebca6b)
    let slot = (hash ^ (hash >>> 13)) & mask
    for (;;) {
      const number = index[slot] ?? 0
      if (number === 0 || isEqual(log, (number - 1) * DIGEST_BYTES, bytes, at)) return slot
      slot = (slot + 1) & mask
    }
  }
}

const isEqual = (a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean => {
  for (let i = 0; i < DIGEST_BYTES; i++) if (a[aAt + i] !== b[bAt + i]) return false
  return true
}
