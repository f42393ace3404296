/** Messages as they lie on the wire, made and taken apart for tests. */
import * as Result from "effect/Result"
import * as Envelope from "../../src/domain/Envelope.ts"
import type { Dialect } from "../../src/domain/Dialect.ts"
import { DIGEST_BYTES, FRAME_LENGTH_BYTES } from "../../src/domain/Limits.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import type { Value } from "../../src/domain/Value.ts"
import * as NodeHashing from "../../src/layers/NodeHashing.ts"

export interface Spoken {
  readonly main: number
  readonly sender: string
  readonly dialect: Dialect
  readonly time: number
  readonly payload: ReadonlyArray<Value>
}

/** The frame of a message. */
export const frameOf = ({ dialect, main, payload, sender, time }: Spoken): Uint8Array =>
  Envelope.frame(
    NodeHashing.hasher,
    main,
    Envelope.spell(sender, dialect),
    time,
    Result.getOrThrow(MessagePack.encode(payload))
  )

/** The body in a frame: digest and packed message. */
export const bodyOf = (frame: Uint8Array): Uint8Array => frame.slice(FRAME_LENGTH_BYTES)

/** The packed message in a frame. */
export const packedOf = (frame: Uint8Array): Uint8Array =>
  frame.slice(FRAME_LENGTH_BYTES + DIGEST_BYTES)

/** A body around packed bytes of any kind, with the digest that fits them. */
export const bodyAround = (packed: Uint8Array): Uint8Array => {
  const body = new Uint8Array(DIGEST_BYTES + packed.length)
  body.set(NodeHashing.hasher.digest("sha256", packed))
  body.set(packed, DIGEST_BYTES)
  return body
}
