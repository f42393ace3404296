/**
 * Compression by Node's own zlib; snappy in pure JavaScript.
 *
 * @since 0.1.0
 */
import * as Zlib from "node:zlib"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { type Compressor, InflateError, methodName } from "../domain/Compression.ts"
import { Method } from "../domain/Flags.ts"
import { Compressing } from "../services/Compressing.ts"
import * as Snappy from "../domain/Snappy.ts"

const isTooLarge = (error: unknown) =>
  Predicate.hasProperty(error, "code") && error.code === "ERR_BUFFER_TOO_LARGE"

export const compressor: Compressor = {
  deflate: (method, bytes) => {
    switch (method) {
      case Method.zlib:
        return Zlib.deflateSync(bytes)
      case Method.gzip:
        return Zlib.gzipSync(bytes)
      case Method.snappy:
        return Snappy.deflate(bytes)
    }
  },
  inflate: (method, bytes, maxBytes) => {
    if (method === Method.snappy) return Snappy.inflate(bytes, maxBytes)
    const inflate = method === Method.zlib ? Zlib.inflateSync : Zlib.gunzipSync
    return Result.try({
      try: () => inflate(bytes, { maxOutputLength: maxBytes }),
      catch: (error) =>
        new InflateError({
          method: methodName(method),
          reason: isTooLarge(error) ? "TooLarge" : "Malformed",
          limit: maxBytes
        })
    })
  }
}

export const layer: Layer.Layer<Compressing> = Layer.succeed(Compressing, compressor)
