/**
 * The envelope of a message, written and read by hand: the relay path needs no more of it.
 *
 *     body   = SHA-256(packed) (32 bytes) | packed
 *     packed = MessagePack array [main flag, sender id, time, ...payload]
 *
 * Source: the 0.7 wire protocol, "Frame".
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Bytes from "./Bytes.ts"
import type { Dialect } from "./Dialect.ts"
import { writeLength } from "./Frame.ts"
import type { Hasher } from "./Hasher.ts"
import { DIGEST_BYTES, FRAME_LENGTH_BYTES, ID_MAX_CHARS } from "./Limits.ts"
import * as MessagePack from "./MessagePack.ts"
import * as Scan from "./MessagePackScan.ts"
import { isList, type Value } from "./Value.ts"

/** A message whose envelope or structure is not as it must be. */
export class EnvelopeError extends Schema.TaggedError<EnvelopeError>()("EnvelopeError", {
  field: Schema.Literals(["array", "main flag", "sender", "time", "payload", "digest"]),
  reason: Schema.String
}) {
  override get message() {
    return `malformed message, ${this.field}: ${this.reason}`
  }
}

/** The header of a message; the payload stays packed. */
export interface Envelope {
  readonly packed: Uint8Array
  /** How it travels (`Flags.Main`). */
  readonly main: number
  /** The sender's id, as UTF-8 bytes in `packed`. */
  readonly senderStart: number
  readonly senderEnd: number
  /** Whether the sender spells its texts as str or as bin. */
  readonly dialect: Dialect
  /** Whole seconds of Unix time. */
  readonly time: number
  /** Where the payload's first element starts, and how many elements it has. */
  readonly payloadStart: number
  readonly payloadCount: number
}

let cursor = 0

/** A non-negative integer in any of MessagePack's spellings, at `cursor`; NaN for anything else. */
const readInteger = (bytes: Uint8Array): number => {
  const byte = bytes[cursor++] ?? 0xc1
  if (byte < 0x80) return byte
  const at = cursor
  switch (byte) {
    case 0xcc:
      cursor += 1
      return bytes[at] ?? Number.NaN
    case 0xcd:
    case 0xd1:
      cursor += 2
      return Scan.uint16(bytes, at)
    case 0xce:
    case 0xd2:
      cursor += 4
      return Scan.uint32(bytes, at)
    case 0xcf:
    case 0xd3:
      cursor += 8
      return Scan.uint32(bytes, at) * 2 ** 32 + Scan.uint32(bytes, at + 4)
    default:
      return Number.NaN
  }
}

/** The length of a str or bin at `cursor` (then at its first byte), or -1 for anything else. */
const readTextLength = (bytes: Uint8Array): number => {
  const byte = bytes[cursor++] ?? 0xc1
  if (byte >= 0xa0 && byte < 0xc0) return byte & 0x1f
  switch (byte) {
    case 0xc4:
    case 0xd9:
      return bytes[cursor++] ?? -1
    case 0xc5:
    case 0xda:
      cursor += 2
      return Scan.uint16(bytes, cursor - 2)
    default:
      return -1
  }
}

const readArrayLength = (bytes: Uint8Array): number => {
  const byte = bytes[cursor++] ?? 0xc1
  if (byte >= 0x90 && byte < 0xa0) return byte & 0x0f
  if (byte === 0xdc) {
    cursor += 2
    return Scan.uint16(bytes, cursor - 2)
  }
  if (byte === 0xdd) {
    cursor += 4
    return Scan.uint32(bytes, cursor - 4)
  }
  return -1
}

const fail = (field: EnvelopeError["field"], reason: string) =>
  new EnvelopeError({ field, reason })

/**
 * Reads the header, and scans the payload's structure, of a packed message. Returns the fault as a
 * value: this runs for each message of the relay path.
 */
export const parse = (packed: Uint8Array): Envelope | EnvelopeError => {
  cursor = 0
  const count = readArrayLength(packed)
  if (count < 3) return fail("array", "not an array of three elements or more")
  const main = readInteger(packed)
  if (!(main <= 0xff)) return fail("main flag", "not an integer from 0 to 255")
  const isBin = packed[cursor] === 0xc4 || packed[cursor] === 0xc5
  const senderLength = readTextLength(packed)
  if (senderLength < 1 || senderLength > ID_MAX_CHARS) {
    return fail("sender", `not a text of 1 to ${ID_MAX_CHARS} bytes`)
  }
  const senderStart = cursor
  cursor += senderLength
  const senderEnd = cursor
  if (senderEnd > packed.length) return fail("sender", "truncated")
  const time = readInteger(packed)
  if (!Number.isSafeInteger(time)) return fail("time", "not a whole number of seconds")
  const payloadStart = cursor
  const fault = Scan.scan(packed, payloadStart, count - 3)
  if (fault !== undefined) return fail("payload", fault)
  if (Scan.end !== packed.length) {
    return fail("payload", `${packed.length - Scan.end} bytes too many`)
  }
  return {
    packed,
    main,
    senderStart,
    senderEnd,
    dialect: isBin ? "bin" : "str",
    time,
    payloadStart,
    payloadCount: count - 3
  }
}

/** The sender's id as text. */
export const sender = (envelope: Envelope): string =>
  Bytes.toText(envelope.packed.subarray(envelope.senderStart, envelope.senderEnd))

/**
 * The first element of the payload where it is a small integer (a sub-flag), else -1. Enough to know
 * whom a message is for, without decoding it.
 */
export const subFlag = (envelope: Envelope): number => {
  if (envelope.payloadCount === 0) return -1
  cursor = envelope.payloadStart
  const flag = readInteger(envelope.packed)
  return flag <= 0xffff ? flag : -1
}

/** The payload, decoded. */
export const payload = (
  envelope: Envelope
): Result.Result<ReadonlyArray<Value>, MessagePack.ValueDecodeError> =>
  Result.map(MessagePack.decode(envelope.packed), (message) =>
    isList(message) ? message.slice(3) : []
  )

/** The key (`Bytes.toKey`) of an id's UTF-8 bytes, as the relay path takes it from a message. */
export const idKey = (id: string): string => Bytes.toKey(Bytes.fromText(id))

/** A text as MessagePack, in a dialect's spelling. */
export const spell = (text: string, dialect: Dialect): Uint8Array => {
  const bytes = Bytes.fromText(text)
  const header =
    dialect === "bin"
      ? bytes.length < 0x100
        ? [0xc4, bytes.length]
        : [0xc5, bytes.length >>> 8, bytes.length]
      : bytes.length < 0x20
        ? [0xa0 | bytes.length]
        : bytes.length < 0x100
          ? [0xd9, bytes.length]
          : [0xda, bytes.length >>> 8, bytes.length]
  return Bytes.concat([Uint8Array.from(header), bytes])
}

/** The head of an encoded array: the bytes of its header, and its count of elements. */
const arrayHead = (encoded: Uint8Array): { readonly bytes: number; readonly count: number } => {
  cursor = 0
  const count = readArrayLength(encoded)
  return { count, bytes: cursor }
}

/**
 * A whole uncompressed frame: length, digest and message.
 *
 * `sender` is spelled already (see {@link spell}), `payload` the MessagePack of an array.
 */
export const frame = (
  hasher: Hasher,
  main: number,
  sender: Uint8Array,
  time: number,
  payload: Uint8Array
): Uint8Array => {
  const head = arrayHead(payload)
  const count = head.count + 3
  const countBytes = count < 16 ? 1 : count < 0x1_0000 ? 3 : 5
  const packedLength = countBytes + 1 + sender.length + 5 + payload.length - head.bytes
  const out = new Uint8Array(FRAME_LENGTH_BYTES + DIGEST_BYTES + packedLength)
  writeLength(out, DIGEST_BYTES + packedLength)
  let at = FRAME_LENGTH_BYTES + DIGEST_BYTES
  if (countBytes === 1) {
    out[at++] = 0x90 | count
  } else {
    out[at++] = countBytes === 3 ? 0xdc : 0xdd
    for (let shift = (countBytes - 2) * 8; shift >= 0; shift -= 8) out[at++] = count >>> shift
  }
  out[at++] = main
  out.set(sender, at)
  at += sender.length
  out[at++] = 0xce
  out[at++] = time >>> 24
  out[at++] = time >>> 16
  out[at++] = time >>> 8
  out[at++] = time
  out.set(payload.subarray(head.bytes), at)
  const packed = out.subarray(FRAME_LENGTH_BYTES + DIGEST_BYTES)
  out.set(hasher.digest("sha256", packed), FRAME_LENGTH_BYTES)
  return out
}
