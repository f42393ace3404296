/** Ids that are none, times of every kind, and flags that nobody has. */
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import type { Chance } from "../Chance.ts"
import { around, nowSeconds, uint32 } from "../Speech.ts"

const uint64 = (value: bigint): ReadonlyArray<number> => [
  ...uint32(Number(value >> 32n)),
  ...uint32(Number(value & 0xffff_ffffn))
]

const time = (chance: Chance): ReadonlyArray<number> => {
  const now = nowSeconds()
  return chance.pick<ReadonlyArray<number>>([
    [0x00],
    [0xff],
    [0xd2, ...uint32(-now)],
    [0xce, ...uint32(2 ** 32 - 1)],
    [0xcf, ...uint64(2n ** 32n)],
    [0xcf, ...uint64(2n ** 53n)],
    [0xcf, ...uint64(2n ** 64n - 1n)],
    [0xd3, ...uint64(2n ** 63n)],
    [0xcb, 0x41, 0xd6, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
    [0xca, 0x4e, 0x80, 0x00, 0x00],
    [0xc0],
    [0xa1, 0x31],
    [0xce, ...uint32(now - chance.between(0, 120))],
    [0xce, ...uint32(now + chance.between(0, 2000))]
  ])
}

const id = (chance: Chance): ReadonlyArray<number> =>
  chance.pick<ReadonlyArray<number>>([
    [0xa0],
    [0xc4, 0],
    [0xd9, 129, ...new Uint8Array(129).fill(0x41)],
    [0xda, 0xff, 0xff],
    [0xa4, 0xff, 0xfe, 0xc0, 0x80],
    [0xa4, 0x1b, 0x5b, 0x32, 0x4a],
    [0xa1, 0x00],
    [0x01],
    [0xc0],
    [0xd9, 128, ...chance.bytes(128)],
    [0xa3, 0x66, 0x75, 0x7a]
  ])

export const headers: Generator = {
  name: "ids, times and flags",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const line = await attack.meet(attack.speaker())
    await attack.sayMany(line, 40, () => {
      const main = chance.pick<ReadonlyArray<number>>([[0], [0], [2], [5], [0xcc, 0xff], [0xff]])
      const rest = [0xa1, ...chance.bytes(1).map((byte) => byte & 0x7f)]
      const sub = chance.pick<ReadonlyArray<number>>([[0], [2], [0x30], [0xcd, 0x12, 0x34], [0xff]])
      const bytes = [0x95, ...main, ...id(chance), ...time(chance), ...sub, ...rest]
      return around(Uint8Array.from(bytes))
    })
  }
}
