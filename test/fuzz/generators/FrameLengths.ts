/** Frames whose length is wrong: nothing, too little, too much, more than comes, and cut off anywhere. */
import { FRAME_BODY_MAX_BYTES } from "../../../src/domain/Limits.ts"
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import { goodFrame, uint32 } from "../Speech.ts"

export const frameLengths: Generator = {
  name: "frame lengths",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const line = chance.isTrue(0.3) ? await attack.open() : await attack.meet(speaker)
    if (line === undefined) return
    const good = goodFrame(speaker, chance)
    const length = chance.pick([
      0,
      1,
      32,
      33,
      good.length - 5,
      good.length - 3,
      32_769,
      FRAME_BODY_MAX_BYTES,
      FRAME_BODY_MAX_BYTES + 1,
      2 ** 31,
      2 ** 32 - 1
    ])
    const bytes = Uint8Array.from([...uint32(length), ...good.subarray(4)])
    await attack.say(line, good)
    await attack.say(line, chance.isTrue(0.5) ? bytes : good.subarray(0, chance.below(good.length)))
    if (chance.isTrue(0.5)) line.end()
    else await attack.say(line, good)
  }
}
