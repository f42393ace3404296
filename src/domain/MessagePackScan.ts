/**
 * A walk over MessagePack bytes that checks their structure and makes nothing.
 *
 * It runs before a decoder sees bytes from outside: afterwards it is known that every length that the
 * bytes declare is really there, and that the nesting is bounded, so that decoding can neither
 * allocate more than a small multiple of the input nor overflow the stack.
 *
 * Source: the MessagePack specification, "Formats".
 *
 * @since 0.1.0
 */
import { VALUE_DEPTH_MAX, VALUE_WEIGHT_MAX } from "./Limits.ts"

/** What a scan found wrong. */
export type ScanFault = "truncated" | "too deep" | "too many values" | "reserved byte 0xc1"

/** Elements still to come, for each level that is open. */
const remaining = new Float64Array(VALUE_DEPTH_MAX + 1)

/** Position after the last scanned value, after a scan that found no fault. */
export let end = 0

/** What the values of the last scan weigh once they are decoded: see `VALUE_WEIGHT_MAX`. */
export let weight = 0

/** What a container weighs, in values: an empty one is a byte here, and an object there. */
const CONTAINER_WEIGHT = 8

/** Whether the last scan met a map, an extension or a 64-bit integer. */
export let rich = false

/**
 * Scans `count` values from `start`, each nested `depthMax` deep at most (no more than
 * `VALUE_DEPTH_MAX`). Returns `undefined` if all are whole (then {@link end} and
 * {@link rich} tell more), else the fault. Synchronous, and not re-entrant; it calls nothing.
 */
export const scan = (
  bytes: Uint8Array,
  start: number,
  count: number,
  depthMax: number = VALUE_DEPTH_MAX
): ScanFault | undefined => {
  const length = bytes.length
  let at = start
  let depth = 0
  let isRich = false
  let total = 0
  remaining[0] = count
  for (;;) {
    while (remaining[depth] === 0) {
      if (depth === 0) {
        end = at
        rich = isRich
        weight = total
        return undefined
      }
      depth--
    }
    remaining[depth] = (remaining[depth] ?? 0) - 1
    if (at >= length) return "truncated"
    if (++total > VALUE_WEIGHT_MAX) return "too many values"
    const byte = bytes[at++] ?? 0
    let skip = 0
    let children = -1
    if (byte < 0x80 || byte >= 0xe0) continue
    if (byte < 0x90) {
      isRich = true
      children = (byte & 0x0f) * 2
    } else if (byte < 0xa0) {
      children = byte & 0x0f
    } else if (byte < 0xc0) {
      skip = byte & 0x1f
    } else {
      switch (byte) {
        case 0xc0:
        case 0xc2:
        case 0xc3:
          continue
        case 0xc1:
          return "reserved byte 0xc1"
        case 0xcc:
        case 0xd0:
          skip = 1
          break
        case 0xcd:
        case 0xd1:
          skip = 2
          break
        case 0xca:
        case 0xce:
        case 0xd2:
          skip = 4
          break
        case 0xcb:
          skip = 8
          break
        case 0xcf:
        case 0xd3:
          isRich = true
          skip = 8
          break
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8:
          isRich = true
          skip = 1 + (1 << (byte - 0xd4))
          break
        case 0xc4:
        case 0xd9:
          if (at + 1 > length) return "truncated"
          skip = (bytes[at] ?? 0) + 1
          break
        case 0xc5:
        case 0xda:
          if (at + 2 > length) return "truncated"
          skip = uint16(bytes, at) + 2
          break
        case 0xc6:
        case 0xdb:
          if (at + 4 > length) return "truncated"
          skip = uint32(bytes, at) + 4
          break
        case 0xc7:
          if (at + 1 > length) return "truncated"
          isRich = true
          skip = (bytes[at] ?? 0) + 2
          break
        case 0xc8:
          if (at + 2 > length) return "truncated"
          isRich = true
          skip = uint16(bytes, at) + 3
          break
        case 0xc9:
          if (at + 4 > length) return "truncated"
          isRich = true
          skip = uint32(bytes, at) + 5
          break
        case 0xdc:
          if (at + 2 > length) return "truncated"
          children = uint16(bytes, at)
          at += 2
          break
        case 0xdd:
          if (at + 4 > length) return "truncated"
          children = uint32(bytes, at)
          at += 4
          break
        case 0xde:
          if (at + 2 > length) return "truncated"
          isRich = true
          children = uint16(bytes, at) * 2
          at += 2
          break
        default:
          // 0xdf, a map of up to 2^32 - 1 pairs.
          if (at + 4 > length) return "truncated"
          isRich = true
          children = uint32(bytes, at) * 2
          at += 4
      }
    }
    if (children >= 0) {
      // Each element takes a byte at least: more than are left can't all be there.
      if (children > length - at) return "truncated"
      if (depth === depthMax) return "too deep"
      total += CONTAINER_WEIGHT - 1
      remaining[++depth] = children
    } else {
      at += skip
      if (at > length) return "truncated"
    }
  }
}

/** The unsigned 16-bit big-endian integer at a position. */
export const uint16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

/** The unsigned 32-bit big-endian integer at a position. */
export const uint32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0
