/** MessagePack that is not what it says, or too much of it, under a digest that fits. */
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import type { Chance } from "../Chance.ts"
import { around, packed, uint32 } from "../Speech.ts"

/** The long ones, which need not be made each time. */
const million = new Uint8Array(1_000_005).fill(0xc0)
million.set([0xdd, ...uint32(1_000_000)])
const emptyMaps = new Uint8Array(262_144).fill(0x80)
const nested = [64, 10_000, 1_000_000].map((depth) => new Uint8Array(depth).fill(0x91))

const structure = (chance: Chance): readonly [elements: number, bytes: Uint8Array] => {
  const head = chance.pick([0xdd, 0xdf, 0xdb, 0xc6, 0xc9])
  switch (chance.below(8)) {
    case 0:
      return [1, nested[chance.below(nested.length)] ?? million]
    case 1:
      return [1, Uint8Array.of(0xdd, ...uint32(1_000_000), ...new Uint8Array(1000).fill(0xc0))]
    case 2:
      return [1, million]
    case 3:
      return [1, Uint8Array.of(head, ...uint32(2 ** 32 - 1 - chance.below(3)))]
    case 4:
      return [chance.pick([1, 1000, 2 ** 32 - 4]), chance.bytes(chance.size(4096))]
    case 5:
      return [1, Uint8Array.of(0xc1)]
    case 6:
      return [1, Uint8Array.of(0x00, ...chance.bytes(16))]
    default:
      // As many empty maps as fit: a byte each on the wire, and an object each in memory.
      return [emptyMaps.length, emptyMaps]
  }
}

export const structures: Generator = {
  name: "structures",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const line = await attack.meet(attack.speaker())
    await attack.sayMany(line, 10, () => {
      const [elements, bytes] = structure(chance)
      return around(packed(chance.pick([0, 2, 1]), elements, bytes))
    })
  }
}
