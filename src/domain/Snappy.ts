/**
 * Snappy, by `snappyjs`: pure JavaScript, shared by both compression adapters.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import snappy from "snappyjs"
import { InflateError } from "./Compression.ts"

export const deflate = (bytes: Uint8Array): Uint8Array => snappy.compress(plain(bytes))

/** The length that the data declare is checked before anything is set aside for it. */
export const inflate = (
  bytes: Uint8Array,
  maxBytes: number
): Result.Result<Uint8Array, InflateError> =>
  Result.try({
    try: () => snappy.uncompress(plain(bytes), maxBytes),
    catch: (error) =>
      new InflateError({
        method: "snappy",
        reason: String(error).includes("too big") ? "TooLarge" : "Malformed",
        limit: maxBytes
      })
  })

/** The library tells a Buffer from a Uint8Array and answers in kind; we want the latter. */
const plain = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
