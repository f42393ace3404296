/**
 * Snappy, by `snappyjs`: pure JavaScript, shared by both compression adapters.
 *
 * The library takes lengths at their word, and copies on past the end of either array: a few bytes from
 * the wire could keep it busy for minutes. So the stream's elements are walked first, which makes
 * nothing, and checks that each has its bytes and its room.
 *
 * Source: the Snappy format description (google/snappy, format_description.txt).
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import snappy from "snappyjs"
import { InflateError } from "./Compression.ts"

export const deflate = (bytes: Uint8Array): Uint8Array => snappy.compress(plain(bytes))

/** Never makes more than `maxBytes`, whatever the data claim. */
export const inflate = (
  bytes: Uint8Array,
  maxBytes: number
): Result.Result<Uint8Array, InflateError> => {
  const fault = check(bytes, maxBytes)
  const failure = (reason: InflateError["reason"]) =>
    new InflateError({ method: "snappy", reason, limit: maxBytes })
  if (fault !== undefined) return Result.fail(failure(fault))
  return Result.try({
    try: () => snappy.uncompress(plain(bytes), maxBytes),
    catch: () => failure("Malformed")
  })
}

/** Little-endian integer of `count` bytes at a position. */
const readInteger = (bytes: Uint8Array, at: number, count: number): number => {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0)
  return value
}

/** Walks the elements of a stream: a length, then literals and copies that make just as much. */
const check = (bytes: Uint8Array, maxBytes: number): InflateError["reason"] | undefined => {
  let at = 0
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]
    if (byte === undefined || shift > 28) return "Malformed"
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (length > maxBytes) return "TooLarge"
  let made = 0
  while (at < bytes.length) {
    const tag = bytes[at++] ?? 0
    const kind = tag & 0x03
    let size = (tag >> 2) + 1
    if (kind === 0) {
      // A literal of up to 60 bytes has its length in the tag, a longer one in the 1 to 4 bytes after it.
      const extra = Math.max(0, size - 60)
      if (extra > 0) size = readInteger(bytes, at, extra) + 1
      at += extra + size
    } else {
      // A copy of what was made: its offset takes 1 (and three bits of the tag), 2 or 4 bytes.
      const width = kind === 3 ? 4 : kind
      let offset = readInteger(bytes, at, width)
      if (kind === 1) {
        size = ((tag >> 2) & 0x07) + 4
        offset += (tag >> 5) * 256
      }
      at += width
      if (offset === 0 || offset > made) return "Malformed"
    }
    made += size
    if (at > bytes.length || made > length) return "Malformed"
  }
  return made === length ? undefined : "Malformed"
}

/** The library tells a Buffer from a Uint8Array and answers in kind; we want the latter. */
const plain = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
