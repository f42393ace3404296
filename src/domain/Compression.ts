/**
 * Compression: negotiated, and used only where it makes a frame smaller.
 * Source: the 0.7 wire protocol, "Frame".
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Method } from "./Flags.ts"

/** A compression method that we speak. */
export type Speakable = typeof Method.zlib | typeof Method.gzip | typeof Method.snappy

/**
 * The methods that we speak, in our order of preference: zlib costs a header of 2 bytes where gzip
 * has 18, and both old kinds have it; snappy only with an add-on.
 */
export const METHODS: ReadonlyArray<Speakable> = [Method.zlib, Method.gzip, Method.snappy]

/** Bytes that a method could not decompress, or not within the limit. */
export class InflateError extends Schema.TaggedError<InflateError>()("InflateError", {
  method: Schema.Literals(["zlib", "gzip", "snappy"]),
  reason: Schema.Literals(["Malformed", "TooLarge"]),
  limit: Schema.Number
}) {
  override get message() {
    return this.reason === "TooLarge"
      ? `${this.method} data of more than ${this.limit} bytes decompressed`
      : `malformed ${this.method} data`
  }
}

/** The name of a method, for messages. */
export const methodName = (method: Speakable): InflateError["method"] =>
  method === Method.zlib ? "zlib" : method === Method.gzip ? "gzip" : "snappy"

/**
 * The work itself, as plain synchronous functions: native on Node, pure JavaScript elsewhere. The
 * service is `services/Compressing.ts`.
 */
export interface Compressor {
  readonly deflate: (method: Speakable, bytes: Uint8Array) => Uint8Array
  /** Never makes more than `maxBytes`, whatever the data claim. */
  readonly inflate: (
    method: Speakable,
    bytes: Uint8Array,
    maxBytes: number
  ) => Result.Result<Uint8Array, InflateError>
}

/** The method for what we send: the first of our own list that the peer named. */
export const outgoing = (peerMethods: ReadonlyArray<number>): Speakable | undefined =>
  METHODS.find((method) => peerMethods.includes(method))

/**
 * The methods that the peer may have used on what it sends, its favourite first. Each once, however often
 * it names one: all of them are tried on what is malformed.
 */
export const incoming = (peerMethods: ReadonlyArray<number>): ReadonlyArray<Speakable> =>
  [...new Set(peerMethods)].flatMap((method) => METHODS.filter((ours) => ours === method))

/**
 * Whether raw bytes could be taken for a zlib or gzip stream by their first two (RFC 1950, section 2.2; RFC
 * 1952, section 2.3.1), by a reader as lax as js2p's: it does not look at the window's size, and on bytes
 * that are no stream after all it may throw, hang, or find one.
 */
export const looksCompressed = (body: Uint8Array): boolean => {
  const first = body[0] ?? 0
  const second = body[1] ?? 0
  const isZlib = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
  return isZlib || (first === 0x1f && second === 0x8b)
}
