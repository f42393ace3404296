/** Good frames of a peer that has shaken hands, with some of their bits flipped, and wrong digests. */
import { FRAME_LENGTH_BYTES } from "../../../src/domain/Limits.ts"
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import { goodFrame } from "../Speech.ts"
import { mutate } from "./RecordedFrames.ts"

export const flippedBits: Generator = {
  name: "good frames, bits flipped",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const methods = chance.pick([[], [0x13], [0x11, 0x13], [0x20, 0x13, 0x11]])
    const line = await attack.meet(speaker, methods)
    await attack.sayMany(line, 40, () => {
      const frame = goodFrame(speaker, chance)
      // The length is left alone, so that the stream stays readable.
      const changed = mutate(frame.subarray(FRAME_LENGTH_BYTES), chance)
      frame.set(changed.subarray(0, frame.length - FRAME_LENGTH_BYTES), FRAME_LENGTH_BYTES)
      return chance.isTrue(0.5) ? frame : goodFrame(speaker, chance)
    })
  }
}
