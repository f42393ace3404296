/** Bytes at the head of each payload that hold its sequence number. */
const HEAD = 4

export interface Payloads {
  readonly count: number
  readonly at: (sequence: number) => Uint8Array
  /** The sequence number of a payload of this set, or -1 when it is not one, byte for byte where looked at. */
  readonly sequenceOf: (payload: Uint8Array) => number
}

/**
 * `count` distinct payloads, made before the clock runs so that making them is not measured.
 * Past the sequence number they are noise from a fixed seed: the same for every subject and run,
 * and a subject that compresses gains nothing on the wire by it.
 */
export const makePayloads = (count: number, bytes: number): Payloads => {
  const all = new Uint8Array(count * bytes)
  let state = 0x9e3779b9
  for (let at = 0; at < all.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    all[at] = state & 0xff
  }
  for (let sequence = 0; sequence < count; sequence++) {
    new DataView(all.buffer, sequence * bytes, HEAD).setUint32(0, sequence)
  }
  return {
    count,
    at: (sequence) => all.subarray(sequence * bytes, (sequence + 1) * bytes),
    sequenceOf: (payload) => {
      if (payload.length !== bytes) return -1
      const sequence =
        byte(payload, 0) * 0x1000000 +
        ((byte(payload, 1) << 16) | (byte(payload, 2) << 8) | byte(payload, 3))
      if (sequence >= count) return -1
      // The digest is the subject's to check; the last byte only catches a payload cut out wrongly.
      return payload[bytes - 1] === all[(sequence + 1) * bytes - 1] ? sequence : -1
    }
  }
}

const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0
