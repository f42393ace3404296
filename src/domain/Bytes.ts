/**
 * Small helpers over byte arrays that the standard library leaves out.
 *
 * @since 0.1.0
 */

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** The UTF-8 bytes of a text. */
export const fromText = (text: string): Uint8Array => encoder.encode(text)

/** The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
export const toText = (bytes: Uint8Array): string => decoder.decode(bytes)

/** Whether two byte arrays hold the same bytes. */
export const equals = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Bytes of a slab. What one small array keeps alive with it is less than this. */
const SLAB_BYTES = 16_384

/** Largest array that is cut from a slab. */
const SLAB_ITEM_MAX_BYTES = 2_048

let slab = new Uint8Array(0)
let slabAt = 0

/**
 * An array of `length` zero bytes, cut from a slab that it shares with others where it is small: an
 * allocation of its own costs more than all else that a message needs.
 */
export const allocate = (length: number): Uint8Array => {
  if (length > SLAB_ITEM_MAX_BYTES) return new Uint8Array(length)
  if (slabAt + length > slab.length) {
    slab = new Uint8Array(SLAB_BYTES)
    slabAt = 0
  }
  const start = slabAt
  slabAt += length
  return slab.subarray(start, slabAt)
}

/** A copy of a range of bytes, by {@link allocate}. */
export const copy = (bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array => {
  const out = allocate(end - start)
  out.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
  return out
}

/** All parts behind one another, in a new array of exactly `length` bytes. */
export const concat = (
  parts: ReadonlyArray<Uint8Array>,
  length = totalLength(parts)
): Uint8Array => {
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The sum of the parts' lengths, in bytes. */
export const totalLength = (parts: ReadonlyArray<Uint8Array>): number => {
  let length = 0
  for (const part of parts) length += part.length
  return length
}

/** Bytes that are handed to one call as its arguments: an engine bears some ten thousand. */
const KEY_PART_BYTES = 1024

/**
 * A string with one character (U+0000 - U+00FF) for each byte: a key for a `Map` or `Set` that costs
 * one allocation and compares by value.
 */
export const toKey = (bytes: Uint8Array, start = 0, end = bytes.length): string => {
  let key = ""
  // Joined once for each part, not once for each byte: what `+=` makes is a chain as long as its pieces.
  for (let at = start; at < end; at += KEY_PART_BYTES) {
    const part = bytes.subarray(at, Math.min(end, at + KEY_PART_BYTES))
    key += Reflect.apply(String.fromCharCode, undefined, part)
  }
  return key
}

/** Writes the bytes of a key made by {@link toKey} at a position. */
export const writeKey = (out: Uint8Array, at: number, key: string): void => {
  for (let i = 0; i < key.length; i++) out[at + i] = key.charCodeAt(i)
}

/** Whether the bytes at a position are those of a key. */
export const isKey = (bytes: Uint8Array, at: number, key: string): boolean => {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key.charCodeAt(i)) return false
  return true
}

/** The bytes of a key made by {@link toKey}. */
export const fromKey = (key: string): Uint8Array => {
  const out = new Uint8Array(key.length)
  writeKey(out, 0, key)
  return out
}

/** Lower-case hexadecimal digits, two for each byte. */
export const toHex = (bytes: Uint8Array): string => {
  let hex = ""
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0")
  return hex
}
