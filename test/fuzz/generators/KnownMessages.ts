/** Messages whose flags are known, with fields that are not as they must be. */
import { Control, Main, Sub } from "../../../src/domain/Flags.ts"
import type { Value } from "../../../src/domain/Value.ts"
import { type Generator, MANY_HOSTS } from "../Attack.ts"
import { frame } from "../Speech.ts"
import { wrong } from "./Handshakes.ts"

const GOOD: ReadonlyArray<readonly [main: number, payload: ReadonlyArray<Value>]> = [
  [Main.whisper, [Sub.peers, [[["127.0.0.1", 1], "N1"]]]],
  [Main.whisper, [Sub.request, "*"]],
  [Main.broadcast, [Sub.request, "r1", "N1"]],
  [Main.broadcast, [Sub.response, "r1", [["127.0.0.1", 1], "N1"]]],
  [Main.renegotiate, [Sub.compression, [0x13, 0x11]]],
  [Main.renegotiate, [Sub.resend]],
  [Main.whisper, [Control.goodbye, "Stopping", "detail"]],
  [Main.whisper, [Control.heartbeat, 1]],
  [Main.whisper, [Control.heartbeatAck, 1]],
  [Main.whisper, [Sub.whisper, "text"]],
  [Main.broadcast, [Sub.broadcast, "text"]],
  [Main.broadcast, [Sub.store, "key", "value"]],
  [Main.whisper, [Sub.handshake, "N1", "subnet", ["h", 1], []]],
  [Main.ping, [Sub.ping]]
]

export const knownMessages: Generator = {
  name: "known messages, malformed",
  hosts: MANY_HOSTS,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const line = await attack.meet(speaker)
    await attack.sayMany(line, 40, () => {
      const [main, payload] = GOOD[chance.below(GOOD.length)] ?? [Main.ping, []]
      return frame(speaker, main, wrong(payload, chance))
    })
  }
}
