/** What old peers really say, a little changed: bits flipped, parts cut out, doubled, or put in from elsewhere. */
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import type { Chance } from "../Chance.ts"
import { vectors } from "../../suites/Vectors.ts"

const flip = (bytes: Uint8Array, chance: Chance): Uint8Array => {
  const out = bytes.slice()
  for (let i = chance.between(1, 4); i > 0; i--) {
    const at = chance.below(out.length)
    out[at] = (out[at] ?? 0) ^ (1 << chance.below(8))
  }
  return out
}

const splice = (bytes: Uint8Array, chance: Chance): Uint8Array => {
  const [from, to] = [chance.below(bytes.length), chance.below(bytes.length)]
  return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)])
}

export const mutate = (bytes: Uint8Array, chance: Chance): Uint8Array =>
  bytes.length === 0 ? bytes : chance.isTrue(0.7) ? flip(bytes, chance) : splice(bytes, chance)

export const recordedFrames: Generator = {
  name: "recorded frames, changed",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const { conn, file } = vectors[chance.below(vectors.length)] ?? { conn: 0, file: "" }
    const dir = chance.pick(["dialer->acceptor", "acceptor->dialer"] as const)
    const said = vectors.filter((v) => v.file === file && v.conn === conn && v.dir === dir)
    const line = chance.isTrue(0.5) ? await attack.open() : await attack.meet(attack.speaker())
    for (const { frame } of said) {
      if (line === undefined || line.isClosed) return
      await attack.say(line, chance.isTrue(0.4) ? mutate(frame, chance) : frame)
    }
  }
}
