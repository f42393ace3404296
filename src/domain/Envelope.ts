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
import { DIGEST_BYTES, FRAME_LENGTH_BYTES, ID_MAX_CHARS, VALUE_DEPTH_MAX } from "./Limits.ts"
import * as MessagePack from "./MessagePack.ts"
import * as Scan from "./MessagePackScan.ts"
import { isList, type Value } from "./Value.ts"

/** A message whose envelope or structure is not as it must be. */
export class EnvelopeError extends Schema.TaggedError<EnvelopeError>()("EnvelopeError", {
  field: Schema.Literals(["array", "main flag", "sender", "time", "payload", "size", "digest"]),
  reason: Schema.String
}) {
  override get message() {
    return `malformed message, ${this.field}: ${this.reason}`
  }
}

/** The header of a message; the payload stays packed. Positions are in `bytes`. */
export class Envelope {
  /** What the message is a part of, and where it starts; it ends where they do. */
  readonly bytes: Uint8Array
  readonly start: number
  /** How it travels (`Flags.Main`). */
  readonly main: number
  /** The sender's id, as UTF-8 bytes. */
  readonly senderStart: number
  readonly senderEnd: number
  /** Whether the sender spells its texts as str or as bin. */
  readonly dialect: Dialect
  /** Whole seconds of Unix time. */
  readonly time: number
  /** Where the payload's first element starts, and how many elements it has. */
  readonly payloadStart: number
  readonly payloadCount: number

  constructor(
    bytes: Uint8Array,
    start: number,
    main: number,
    senderStart: number,
    senderEnd: number,
    dialect: Dialect,
    time: number,
    payloadStart: number,
    payloadCount: number
  ) {
    this.bytes = bytes
    this.start = start
    this.main = main
    this.senderStart = senderStart
    this.senderEnd = senderEnd
    this.dialect = dialect
    this.time = time
    this.payloadStart = payloadStart
    this.payloadCount = payloadCount
  }

  /** The whole message. */
  get packed(): Uint8Array {
    return this.start === 0 ? this.bytes : this.bytes.subarray(this.start)
  }
}

let cursor = 0

/** A signed integer that was read as if it had no sign: NaN where it is negative (or not there). */
const below = (limit: number, value = Number.NaN): number => (value < limit ? value : Number.NaN)

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
      cursor += 2
      return Scan.uint16(bytes, at)
    case 0xce:
      cursor += 4
      return Scan.uint32(bytes, at)
    case 0xd0:
      cursor += 1
      return below(0x80, bytes[at])
    case 0xd1:
      cursor += 2
      return below(0x8000, Scan.uint16(bytes, at))
    case 0xd2:
      cursor += 4
      return below(0x8000_0000, Scan.uint32(bytes, at))
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

const fail = (field: EnvelopeError["field"], reason: string) => new EnvelopeError({ field, reason })

/**
 * Reads the header of a packed message that fills `bytes` from `start`. Returns the fault as a value: this
 * runs for each message of the relay path. The payload's structure is for {@link scanPayload} to
 * check.
 */
export const parseHeader = (bytes: Uint8Array, start = 0): Envelope | EnvelopeError => {
  cursor = start
  const count = readArrayLength(bytes)
  if (count < 3) return fail("array", "not an array of three elements or more")
  const main = readInteger(bytes)
  if (!(main <= 0xff) || cursor > bytes.length) {
    return fail("main flag", "not an integer from 0 to 255")
  }
  const isBin = bytes[cursor] === 0xc4 || bytes[cursor] === 0xc5
  const senderLength = readTextLength(bytes)
  if (senderLength < 1 || senderLength > ID_MAX_CHARS) {
    return fail("sender", `not a text of 1 to ${ID_MAX_CHARS} bytes`)
  }
  const senderStart = cursor
  cursor += senderLength
  const senderEnd = cursor
  if (senderEnd > bytes.length) return fail("sender", "truncated")
  const time = readInteger(bytes)
  if (!Number.isSafeInteger(time)) return fail("time", "not a whole number of seconds")
  if (cursor > bytes.length) return fail("time", "truncated")
  const dialect = isBin ? "bin" : "str"
  return new Envelope(bytes, start, main, senderStart, senderEnd, dialect, time, cursor, count - 3)
}

/** Checks the structure of the payload: nothing truncated, too deep or too long. */
export const scanPayload = (envelope: Envelope): EnvelopeError | undefined => {
  const { bytes, payloadCount, payloadStart } = envelope
  // One level less than a value may have: the array of the payload's elements is the outermost.
  const fault = Scan.scan(bytes, payloadStart, payloadCount, VALUE_DEPTH_MAX - 1)
  if (fault !== undefined) return fail("payload", fault)
  return Scan.end === bytes.length
    ? undefined
    : fail("payload", `${bytes.length - Scan.end} bytes too many`)
}

/** Reads the header and checks the payload's structure. */
export const parse = (bytes: Uint8Array, start = 0): Envelope | EnvelopeError => {
  const envelope = parseHeader(bytes, start)
  return envelope instanceof EnvelopeError ? envelope : (scanPayload(envelope) ?? envelope)
}

/** A sender whose id is no text that users could read (`Ids.isNodeId`). */
export const badSender = fail("sender", "not a readable text")

/** The sender's id as text. */
export const sender = (envelope: Envelope): string =>
  Bytes.toText(envelope.bytes.subarray(envelope.senderStart, envelope.senderEnd))

/**
 * The first element of the payload where it is a small integer (a sub-flag), else -1. Enough to know
 * whom a message is for, without decoding it.
 */
export const subFlag = (envelope: Envelope): number => {
  if (envelope.payloadCount === 0) return -1
  cursor = envelope.payloadStart
  const flag = readInteger(envelope.bytes)
  return flag <= 0xffff ? flag : -1
}

/** The second element of the payload, where it and the first one are integers that are not negative. */
export const number = (envelope: Envelope): number | undefined => {
  if (envelope.payloadCount < 2) return undefined
  cursor = envelope.payloadStart
  const isFlagged = !Number.isNaN(readInteger(envelope.bytes))
  const second = readInteger(envelope.bytes)
  return isFlagged && Number.isSafeInteger(second) ? second : undefined
}

/** The payload, decoded; without its first `skip` elements, which must be integers (the sub-flag). */
export const payload = (
  envelope: Envelope,
  skip = 0
): Result.Result<ReadonlyArray<Value>, MessagePack.ValueDecodeError> => {
  const { bytes, payloadCount, payloadStart } = envelope
  const count = Math.max(0, payloadCount - skip)
  if (count === 0) return Result.succeed([])
  cursor = payloadStart
  for (let i = 0; i < skip; i++) readInteger(bytes)
  // A copy, so that what the application keeps does not keep a whole chunk; the array's header takes the
  // place of the last bytes before it.
  const headerLength = count < 16 ? 1 : count < 0x1_0000 ? 3 : 5
  const array = Bytes.copy(bytes, cursor - headerLength)
  writeArrayHeader(array, 0, count)
  return Result.map(MessagePack.decode(array), (elements) => (isList(elements) ? elements : []))
}

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

/** Whether bytes begin with an array of one element or more: what {@link frame} takes for a payload. */
export const isArray = (encoded: Uint8Array): boolean => arrayHead(encoded).count > 0

/** Writes the header of an array in its shortest form; returns the position after it. */
const writeArrayHeader = (out: Uint8Array, start: number, count: number): number => {
  let at = start
  if (count < 16) {
    out[at++] = 0x90 | count
    return at
  }
  const isShort = count < 0x1_0000
  out[at++] = isShort ? 0xdc : 0xdd
  for (let shift = isShort ? 8 : 24; shift >= 0; shift -= 8) out[at++] = count >>> shift
  return at
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
  const out = Bytes.allocate(FRAME_LENGTH_BYTES + DIGEST_BYTES + packedLength)
  writeLength(out, DIGEST_BYTES + packedLength)
  let at = writeArrayHeader(out, FRAME_LENGTH_BYTES + DIGEST_BYTES, count)
  out[at++] = main
  out.set(sender, at)
  at += sender.length
  out[at++] = 0xce
  out[at++] = time >>> 24
  out[at++] = time >>> 16
  out[at++] = time >>> 8
  out[at++] = time
  out.set(payload.subarray(head.bytes), at)
  const key = hasher.sha256Key(out.subarray(FRAME_LENGTH_BYTES + DIGEST_BYTES))
  Bytes.writeKey(out, FRAME_LENGTH_BYTES, key)
  return out
}
