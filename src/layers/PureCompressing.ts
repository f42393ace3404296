/**
 * Compression in pure JavaScript, for browsers and simulations.
 *
 * @since 0.1.0
 */
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { gzipSync, Gunzip, Unzlib, unzlibSync, zlibSync } from "fflate"
import * as Bytes from "../domain/Bytes.ts"
import { type Compressor, InflateError, methodName, type Speakable } from "../domain/Compression.ts"
import { Method } from "../domain/Flags.ts"
import { Compressing } from "../services/Compressing.ts"
import * as Snappy from "../domain/Snappy.ts"

/**
 * Bytes fed to the decompressor at a time. DEFLATE makes at most 1,032 bytes of one, so that what a slice
 * can swell to before the limit is looked at stays near a megabyte.
 */
const SLICE_BYTES = 1024

/** Thrown through the library's callback, and caught here. */
class TooLarge extends Error {}

const inflateBounded = (
  stream: Unzlib | Gunzip,
  bytes: Uint8Array,
  maxBytes: number
): Uint8Array => {
  const parts: Array<Uint8Array> = []
  let length = 0
  let isWhole = false
  stream.ondata = (part, final) => {
    length += part.length
    if (length > maxBytes) throw new TooLarge()
    parts.push(part)
    isWhole = final
  }
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    stream.push(bytes.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= bytes.length)
  }
  if (!isWhole) throw new Error("truncated")
  return Bytes.concat(parts, length)
}

/** A zlib stream's header of 2 bytes and check of 4 (RFC 1950, section 2.2). */
const ZLIB_FRAME_BYTES = 6

/** The most bytes that DEFLATE makes of one: 258 of two bits (RFC 1951, section 3.2.5). */
const SWELLING_MAX = 1032

/** What a short message is inflated into, before it is copied: made once, when it is first needed. */
let scratch: Uint8Array | undefined

/**
 * In one go, for what is no longer than a slice and so can't swell further than one. A stream sets tens of
 * kilobytes aside before it begins, and the library by itself 128 KiB for each message, zeroed and soon garbage:
 * most of the cost of a short one, and more in a large heap.
 */
const unzlibShort = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  if (bytes.length <= ZLIB_FRAME_BYTES) throw new Error("truncated")
  scratch ??= new Uint8Array(SLICE_BYTES * SWELLING_MAX)
  const whole = unzlibSync(bytes, { out: scratch })
  if (whole.length > maxBytes) throw new TooLarge()
  return whole.slice()
}

const inflateAny = (method: Speakable, bytes: Uint8Array, maxBytes: number): Uint8Array => {
  if (method === Method.gzip) return inflateBounded(new Gunzip(), bytes, maxBytes)
  return bytes.length <= SLICE_BYTES
    ? unzlibShort(bytes, maxBytes)
    : inflateBounded(new Unzlib(), bytes, maxBytes)
}

export const compressor: Compressor = {
  deflate: (method, bytes) => {
    switch (method) {
      case Method.zlib:
        return zlibSync(bytes)
      case Method.gzip:
        // Without a time of its own the library would write the wall clock's.
        return gzipSync(bytes, { mtime: 0 })
      case Method.snappy:
        return Snappy.deflate(bytes)
    }
  },
  inflate: (method, bytes, maxBytes) => {
    if (method === Method.snappy) return Snappy.inflate(bytes, maxBytes)
    return Result.try({
      try: () => inflateAny(method, bytes, maxBytes),
      catch: (error) =>
        new InflateError({
          method: methodName(method),
          reason: error instanceof TooLarge ? "TooLarge" : "Malformed",
          limit: maxBytes
        })
    })
  }
}

export const layer: Layer.Layer<Compressing> = Layer.succeed(Compressing, compressor)
