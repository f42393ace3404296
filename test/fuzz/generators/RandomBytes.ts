/** Bytes that mean nothing, before the handshake and after it. */
import { type Generator, MANY_HOSTS } from "../Attack.ts"

export const randomBytes: Generator = {
  name: "random bytes",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const line = chance.isTrue(0.5) ? await attack.open() : await attack.meet(attack.speaker())
    await attack.sayMany(line, 20, () => {
      const bytes = chance.bytes(1 + chance.size(65_536))
      // A length that could be one, so that the rest of it is read as a frame.
      if (chance.isTrue(0.7))
        bytes.set([0, 0, chance.below(8), chance.below(256)].slice(0, bytes.length))
      return bytes
    })
  }
}
