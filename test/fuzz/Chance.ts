/** Chance from a seed: what a generator draws depends on the seed, its name and the number of its step alone. */
import { SeededRandom } from "../../src/layers/simulation/SeededRandom.ts"

export class Chance {
  private readonly random: SeededRandom

  constructor(seed: number, name: string) {
    this.random = new SeededRandom(seed, name)
  }

  /** A whole number from 0 to before a limit. */
  below(limit: number): number {
    return Math.floor(this.random.nextDoubleUnsafe() * limit)
  }

  /** A whole number between two bounds, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  isTrue(probability: number): boolean {
    return this.random.nextDoubleUnsafe() < probability
  }

  pick<A>(all: readonly [A, ...ReadonlyArray<A>]): A {
    return all[this.below(all.length)] ?? all[0]
  }

  bytes(length: number): Uint8Array {
    // A draw for each byte would cost the attacker more than the node: xorshift (Marsaglia, 2003) spins one out.
    let state = this.below(2 ** 32) | 1
    return Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 0xff
    })
  }

  /** Small ones most often, and now and then one near the limit. */
  size(limit: number): number {
    return this.below(2 ** this.between(1, Math.floor(Math.log2(limit))))
  }
}
