/** Connections and no end of them: silent, half open, cut off, or all of one name. From one host, and from many. */
import { type Attack, type Generator, MANY_HOSTS } from "../Attack.ts"
import { greeting, hello } from "../Speech.ts"

const run = async (attack: Attack): Promise<void> => {
  const { chance } = attack
  const speaker = attack.speaker()
  for (let i = 0; i < 20 && !attack.isOver; i++) {
    const line = await attack.open()
    if (line === undefined) continue
    switch (chance.below(5)) {
      case 0:
        line.end()
        break
      case 1:
        line.close()
        break
      case 2:
        await attack.say(line, hello(speaker))
        break
      case 3:
        // One id, many connections: all but one of them are spare.
        for (const frame of greeting(speaker)) await attack.say(line, frame)
    }
  }
  await attack.rest(chance.below(100))
}

export const connectionFlood: Generator = {
  name: "connections from one host",
  hosts: 1,
  run
}

export const scatteredFlood: Generator = {
  name: "connections from many hosts",
  hosts: MANY_HOSTS,
  run
}
