// The 0.7 frame as the hand-written minimum needs it: fixed shapes, read by position.
//
//   uint32 length | SHA-256 of what follows (32) | 0x95 flag  0xd9 n id  0xce time  sub  0xc4 m payload
//
// It handles what the benchmark sends (ids of 32 to 255 characters, payloads to 255 bytes) and
// nothing else; that is the point of a minimum.

import { hash } from "node:crypto"

export const BROADCAST = 0x00
export const WHISPER = 0x02
export const HANDSHAKE = 0x05

const LENGTH_BYTES = 4
const DIGEST_BYTES = 32
/** Where the packed array begins, from the start of the frame. */
const PACKED = LENGTH_BYTES + DIGEST_BYTES
const FLAG = PACKED + 1
const ID_LENGTH = PACKED + 3
const ID = PACKED + 4

export const frameBytes = (id: string, payloadBytes: number): number =>
  ID + id.length + 5 + 1 + 2 + payloadBytes

/** Writes a frame without its digest; returns where it ends. */
export const writeUnsealed = (
  into: Buffer,
  at: number,
  flag: number,
  id: string,
  sub: number,
  payload: Uint8Array
): number => {
  const length = frameBytes(id, payload.length)
  into.writeUInt32BE(length - LENGTH_BYTES, at)
  into[at + PACKED] = 0x95
  into[at + FLAG] = flag
  into[at + PACKED + 2] = 0xd9
  into[at + ID_LENGTH] = id.length
  into.write(id, at + ID, "latin1")
  let next = at + ID + id.length
  into[next] = 0xce
  into.writeUInt32BE(Math.floor(Date.now() / 1_000), next + 1)
  into[next + 5] = sub
  into[next + 6] = 0xc4
  into[next + 7] = payload.length
  next += 8
  into.set(payload, next)
  return at + length
}

/** Fills in the digest of a frame that is otherwise complete and returns it, a character a byte. */
export const seal = (frame: Buffer, at: number, end: number): string => {
  const digest = hash("sha256", frame.subarray(at + PACKED, end), "binary")
  frame.write(digest, at + LENGTH_BYTES, "latin1")
  return digest
}

/** Where the frame at `at` ends, or -1 while its length is not there yet. */
export const frameEnd = (chunk: Buffer, at: number): number =>
  chunk.length - at < LENGTH_BYTES ? -1 : at + LENGTH_BYTES + chunk.readUInt32BE(at)

/** The digest that the frame claims to have. */
export const digestOf = (chunk: Buffer, at: number): string =>
  chunk.toString("latin1", at + LENGTH_BYTES, at + PACKED)

export const digestFits = (chunk: Buffer, at: number, end: number, digest: string): boolean =>
  hash("sha256", chunk.subarray(at + PACKED, end), "binary") === digest

export const flagOf = (chunk: Buffer, at: number): number => chunk[at + FLAG] ?? -1

export const senderOf = (chunk: Buffer, at: number): string => {
  const start = at + ID
  return chunk.toString("latin1", start, start + (chunk[at + ID_LENGTH] ?? 0))
}

export const payloadOf = (chunk: Buffer, at: number, end: number): Buffer =>
  chunk.subarray(at + ID + (chunk[at + ID_LENGTH] ?? 0) + 8, end)
