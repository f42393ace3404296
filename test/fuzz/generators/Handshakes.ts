/** Handshakes and hellos of every wrong shape. */
import { Control, Main, Sub } from "../../../src/domain/Flags.ts"
import type { Value } from "../../../src/domain/Value.ts"
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import type { Chance } from "../Chance.ts"
import { frame, handshake, hello, SUBNET } from "../Speech.ts"

/** Any value at all. */
export const anyValue = (chance: Chance, depth = 0): Value => {
  switch (chance.below(depth > 3 ? 9 : 12)) {
    case 0:
      return null
    case 1:
      return chance.isTrue(0.5)
    case 2:
      return chance.pick([-1, 0, 1.5, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), Number.NaN, 1e300])
    case 3:
      return chance.pick([2n ** 64n - 1n, -(2n ** 63n), 2n ** 53n])
    case 4:
      return ""
    case 5:
      return chance.pick([
        "*",
        "\u0000\u001b[2J",
        "\ufffd",
        "x".repeat(129),
        "é".repeat(64),
        SUBNET
      ])
    case 6:
      return chance.bytes(chance.size(300))
    case 7:
      return Uint8Array.of(0xff, 0xfe, 0xc0, 0x80)
    case 8:
      return chance.below(0x40)
    case 9:
      return { a: anyValue(chance, depth + 1) }
    case 10:
      return new Map([[anyValue(chance, depth + 1), 1]])
    default:
      return Array.from({ length: chance.below(6) }, () => anyValue(chance, depth + 1))
  }
}

/** A good payload with one thing changed, left out, or added; now and then nothing. */
export const wrong = (payload: ReadonlyArray<Value>, chance: Chance): ReadonlyArray<Value> => {
  const at = chance.below(payload.length)
  switch (chance.below(4)) {
    case 0:
      return payload.slice(0, at)
    case 1:
      return [...payload, anyValue(chance)]
    default:
      return payload.map((value, i) => (i === at && at > 0 ? anyValue(chance) : value))
  }
}

export const handshakes: Generator = {
  name: "handshakes",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const line = await attack.open()
    if (line === undefined) return
    const said: ReadonlyArray<Value> = [Sub.handshake, speaker.id, SUBNET, ["h", 1], [0x13]]
    const greeted: ReadonlyArray<Value> = [Control.hello, "fuzz", 1, 1, ["goodbye"]]
    for (let i = chance.between(1, 24); i > 0 && !line.isClosed; i--) {
      const payload = wrong(chance.isTrue(0.7) ? said : greeted, chance)
      await attack.say(line, frame(speaker, Main.whisper, payload))
    }
    await attack.say(line, hello(speaker))
    await attack.say(line, handshake(speaker))
  }
}
