/** A few bytes that become millions: in each method, right and wrong, from few hosts as fast as they are taken. */
import type { Speakable } from "../../../src/domain/Compression.ts"
import { Main, Method } from "../../../src/domain/Flags.ts"
import * as Frame from "../../../src/domain/Frame.ts"
import { FRAME_BODY_MAX_BYTES } from "../../../src/domain/Limits.ts"
import { compressor } from "../../../src/layers/NodeCompressing.ts"
import { bodyAround } from "../../suites/Wire.ts"
import type { Generator } from "../Attack.ts"
import type { Chance } from "../Chance.ts"
import { packed, uint32 } from "../Speech.ts"

const METHODS = [Method.zlib, Method.gzip, Method.snappy] as const

const LENGTHS = [1, 2, 3.9, 8].map((quarters) => quarters * (FRAME_BODY_MAX_BYTES / 4))

/** Bombs of one kind that differ. */
const VARIANTS = 8

/** A message of one long bin of zeros; every third has a wrong digest, every fourth is cut off. */
const make = (method: Speakable, length: number, main: number, variant: number): Uint8Array => {
  const bin = new Uint8Array(1 + 5 + 5 + length)
  bin.set([0x00, 0xce, ...uint32(variant), 0xc6, ...uint32(length)])
  const body = bodyAround(packed(main, 3, bin))
  if (variant % 3 === 2) body[0] = (body[0] ?? 0) ^ 1
  const small = compressor.deflate(method, body)
  return Frame.encode(variant % 4 === 3 ? small.subarray(0, small.length >> 1) : small)
}

/** To make one costs the attacker more than the node. */
const made = new Map<string, Uint8Array>()

const bomb = (chance: Chance, method: Speakable): Uint8Array => {
  const length = LENGTHS[chance.below(LENGTHS.length)] ?? FRAME_BODY_MAX_BYTES
  const main = chance.pick([Main.broadcast, Main.whisper])
  const variant = chance.below(VARIANTS)
  const key = `${method} ${length} ${main} ${variant}`
  const frame = made.get(key) ?? make(method, length, main, variant)
  made.set(key, frame)
  return frame
}

export const bombs: Generator = {
  name: "decompression bombs",
  hosts: 4,
  run: async (attack) => {
    const { chance } = attack
    const method = chance.pick(METHODS)
    const line = await attack.meet(attack.speaker(), [method])
    await attack.sayMany(line, 20, () => bomb(chance, method))
  }
}
