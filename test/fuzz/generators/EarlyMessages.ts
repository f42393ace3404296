/** Messages of all kinds before the handshake, a handshake that never ends, and a goodbye in the middle. */
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import { goodFrame, handshake, hello, message } from "../Speech.ts"

export const earlyMessages: Generator = {
  name: "messages before the handshake",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const line = await attack.open()
    if (line === undefined) return
    for (let i = chance.between(1, 40); i > 0 && !line.isClosed; i--) {
      const frame = chance.isTrue(0.5) ? hello(speaker) : goodFrame(speaker, chance)
      await attack.say(line, frame)
    }
    if (chance.isTrue(0.3)) {
      await attack.say(line, message(speaker, { _tag: "Goodbye", reason: "Stopping", detail: "" }))
    }
    if (chance.isTrue(0.5)) await attack.say(line, handshake(speaker))
  }
}
