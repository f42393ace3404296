/** More than anybody needs of what makes a node work or answer, from one peer. */
import * as Bytes from "../../../src/domain/Bytes.ts"
import { Control, Main, Sub } from "../../../src/domain/Flags.ts"
import { NodeId } from "../../../src/domain/Ids.ts"
import type { Generator } from "../Attack.ts"
import type { Chance } from "../Chance.ts"
import { frame, handshake, hello, message, type Speaker } from "../Speech.ts"

/** Frames in one chunk. */
const IN_CHUNK = 10

const flood = (speaker: Speaker, chance: Chance): Uint8Array => {
  const id = NodeId.make(`N${chance.below(1e9)}`)
  switch (chance.below(8)) {
    case 0:
      return frame(speaker, Main.whisper, [Control.heartbeat, 1])
    case 1:
      return message(speaker, { _tag: "PeerListRequest" })
    case 2:
      return message(speaker, { _tag: "PeerRequest", requestId: `r${chance.below(1e9)}`, id })
    case 3:
      return message(speaker, { _tag: "Renegotiation", methods: chance.pick([[], [0x13], [0x20]]) })
    case 4:
      return hello(speaker)
    case 5:
      return handshake(speaker)
    case 6:
      return frame(speaker, Main.whisper, [chance.between(0x30, 0xef), chance.bytes(100)])
    default:
      return message(speaker, {
        _tag: "PeerList",
        peers: Array.from({ length: chance.below(1024) }, (_, i) => ({
          endpoint: { host: "127.0.0.1", port: i },
          id
        }))
      })
  }
}

export const floods: Generator = {
  name: "floods of requests",
  hosts: 8,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const line = await attack.meet(speaker)
    const one = flood(speaker, chance)
    // Many small frames in one chunk.
    const some = () =>
      Array.from({ length: IN_CHUNK }, () => (chance.isTrue(0.02) ? flood(speaker, chance) : one))
    await attack.sayMany(line, 100, () => Bytes.concat(some()), IN_CHUNK)
  }
}

/** Broadcasts of its own, far more than it is due: they are passed on, but must not crowd out the others. */
export const broadcasts: Generator = {
  name: "broadcasts, late and early",
  hosts: 8,
  run: async (attack) => {
    const { chance } = attack
    const speaker = attack.speaker()
    const line = await attack.meet(speaker)
    const now = Math.floor(Date.now() / 1000)
    await attack.sayMany(line, 100, () => {
      const time = now + chance.pick([0, 0, 1, 5, 6, 600, -30, -61, -100_000, 1000, 100_000])
      const payload = [chance.pick([Sub.broadcast, 0x31]), chance.bytes(chance.size(512))]
      return frame(speaker, Main.broadcast, payload, time)
    })
  }
}
