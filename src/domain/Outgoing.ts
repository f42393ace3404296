/**
 * A message on its way to several peers: framed once, compressed once for each method in use.
 *
 * @since 0.1.0
 */
import * as Compression from "./Compression.ts"
import * as Frame from "./Frame.ts"
import { COMPRESS_MIN_BYTES, FRAME_LENGTH_BYTES } from "./Limits.ts"

export class Outgoing {
  /** The uncompressed frame. */
  readonly raw: Uint8Array
  private readonly compressor: Compression.Compressor
  private compressed: Map<Compression.Speakable, Uint8Array> | undefined

  constructor(compressor: Compression.Compressor, raw: Uint8Array) {
    this.compressor = compressor
    this.raw = raw
  }

  /**
   * The frame for one peer: compressed with the method agreed on where that makes it smaller, or where
   * an old peer could take the raw body for a compressed one.
   */
  frame(method: Compression.Speakable | undefined, isOld: boolean): Uint8Array {
    if (method === undefined) return this.raw
    const isSmall = this.raw.length - FRAME_LENGTH_BYTES < COMPRESS_MIN_BYTES
    if (isSmall && !isOld) return this.raw
    const ambiguous = isOld && Compression.looksCompressed(this.raw.subarray(FRAME_LENGTH_BYTES))
    if (isSmall && !ambiguous) return this.raw
    const compressed = this.compress(method)
    return ambiguous || compressed.length < this.raw.length ? compressed : this.raw
  }

  private compress(method: Compression.Speakable): Uint8Array {
    this.compressed ??= new Map()
    let frame = this.compressed.get(method)
    if (frame === undefined) {
      frame = Frame.encode(this.compressor.deflate(method, this.raw.subarray(FRAME_LENGTH_BYTES)))
      this.compressed.set(method, frame)
    }
    return frame
  }
}
