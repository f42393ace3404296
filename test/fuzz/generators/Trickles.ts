/** Frames that come a byte at a time, and peers that take nothing. */
import { Control, Main, Sub } from "../../../src/domain/Flags.ts"
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import { frame, goodFrame, uint32 } from "../Speech.ts"

export const trickles: Generator = {
  name: "slow frames",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const line = chance.isTrue(0.3) ? await attack.open() : await attack.meet(speaker)
    if (line === undefined) return
    const slow = chance.isTrue(0.5)
      ? Uint8Array.of(...uint32(4_000_000), ...new Uint8Array(200))
      : goodFrame(speaker, chance)
    for (let at = 0; at < Math.min(200, slow.length) && !line.isClosed; at++) {
      await attack.say(line, slow.subarray(at, at + 1))
      await attack.rest(1)
    }
  }
}

export const neverReads: Generator = {
  name: "peers that never read",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const asking = chance.isTrue(0.5) ? [Control.heartbeat, 1] : [Sub.request, "*"]
    const line = await attack.meet(speaker, [], false)
    await attack.sayMany(line, 200, () => frame(speaker, Main.whisper, asking))
    if (chance.isTrue(0.5)) line?.end()
    await attack.rest(chance.below(200))
  }
}
