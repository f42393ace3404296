/** Frames as a peer would make them, and as none would. */
import * as Result from "effect/Result"
import type { Dialect } from "../../src/domain/Dialect.ts"
import { Control, Main, Sub } from "../../src/domain/Flags.ts"
import * as Frame from "../../src/domain/Frame.ts"
import { NodeId, subnetId } from "../../src/domain/Ids.ts"
import * as WireMessage from "../../src/domain/messages/WireMessage.ts"
import type { Value } from "../../src/domain/Value.ts"
import { hasher } from "../../src/layers/NodeHashing.ts"
import { bodyAround, frameOf } from "../suites/Wire.ts"
import type { Chance } from "./Chance.ts"

/** The subnet that the node under attack is in. */
export const SUBNET_NAME = "mesh"
export const SUBNET = subnetId(hasher, SUBNET_NAME, "Plaintext")

/** The three kinds of peers that there are. */
export type Kind = "ours" | "js2p" | "py2p"
export const KINDS = ["ours", "js2p", "py2p"] as const

/** Who speaks, and how. */
export interface Speaker {
  readonly id: string
  readonly kind: Kind
}

export const dialectOf = ({ kind }: Speaker): Dialect => (kind === "py2p" ? "bin" : "str")

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** The frame of any payload, well-formed or not as a message. */
export const frame = (
  speaker: Speaker,
  main: number,
  payload: ReadonlyArray<Value>,
  time = nowSeconds()
): Uint8Array => frameOf({ main, sender: speaker.id, dialect: dialectOf(speaker), time, payload })

/** The frame of a message. */
export const message = (speaker: Speaker, said: WireMessage.WireMessage): Uint8Array =>
  frame(
    speaker,
    WireMessage.mainFlag(said._tag),
    Result.getOrThrow(WireMessage.encode(said, dialectOf(speaker)))
  )

export const hello = (speaker: Speaker): Uint8Array =>
  message(speaker, {
    _tag: "Hello",
    software: "fuzz",
    version: 1,
    minVersion: 1,
    abilities: ["goodbye", "heartbeat"]
  })

export const handshake = (speaker: Speaker, methods: ReadonlyArray<number> = []): Uint8Array =>
  message(speaker, {
    _tag: "Handshake",
    id: NodeId.make(speaker.id),
    subnet: SUBNET,
    endpoint: null,
    methods
  })

/** What a peer of a kind says first. */
export const greeting = (
  speaker: Speaker,
  methods: ReadonlyArray<number> = []
): ReadonlyArray<Uint8Array> =>
  speaker.kind === "ours"
    ? [hello(speaker), handshake(speaker, methods)]
    : [handshake(speaker, methods)]

/** A frame around packed bytes of any kind, with the digest that fits them. */
export const around = (packed: Uint8Array): Uint8Array => Frame.encode(bodyAround(packed))

/** A packed message by hand: an array header, flag, sender and time, and then any bytes. */
export const packed = (
  main: number,
  elements: number,
  rest: Uint8Array,
  time: ReadonlyArray<number> = [0xce, ...uint32(nowSeconds())]
): Uint8Array => {
  const head = [0xdd, ...uint32(3 + elements), main, 0xa3, 0x66, 0x75, 0x7a, ...time]
  const out = new Uint8Array(head.length + rest.length)
  out.set(head)
  out.set(rest, head.length)
  return out
}

export const uint32 = (value: number): ReadonlyArray<number> => [
  (value >>> 24) & 0xff,
  (value >>> 16) & 0xff,
  (value >>> 8) & 0xff,
  value & 0xff
]

/** Some good message of a peer that has shaken hands. */
export const goodFrame = (speaker: Speaker, chance: Chance): Uint8Array => {
  const value = chance.bytes(chance.size(2048))
  const id = NodeId.make(`N${chance.below(1_000_000)}`)
  switch (chance.below(8)) {
    case 0:
      return frame(speaker, Main.whisper, [Sub.whisper, "hi", value])
    case 1:
      return frame(speaker, Main.whisper, [Control.heartbeat, chance.below(1000)])
    case 2:
      return message(speaker, { _tag: "PeerListRequest" })
    case 3:
      return message(speaker, { _tag: "PeerRequest", requestId: `r${chance.below(1e9)}`, id })
    case 4:
      return message(speaker, { _tag: "Renegotiation", methods: [0x13, 0x11] })
    case 5:
      return message(speaker, {
        _tag: "PeerList",
        peers: [{ endpoint: { host: "127.0.0.1", port: 1 }, id }]
      })
    default:
      return frame(speaker, Main.broadcast, [Sub.broadcast, "noise", value])
  }
}
