/**
 * Frames: how messages are laid on a stream of bytes.
 *
 *     uint32 big-endian L | body of L bytes
 *
 * Source: the 0.7 wire protocol, "Frame".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Bytes from "./Bytes.ts"
import { DIGEST_BYTES, FRAME_BODY_MAX_BYTES, FRAME_LENGTH_BYTES } from "./Limits.ts"
import { uint32 } from "./MessagePackScan.ts"

/** A stream of bytes that can't be cut into frames any further. */
export class FrameError extends Schema.TaggedError<FrameError>()("FrameError", {
  reason: Schema.Literals(["TooShort", "TooLong"]),
  /** Bytes of body that the frame declares. */
  length: Schema.Number,
  /** Bytes that the limit in question allows. */
  limit: Schema.Number
}) {
  override get message() {
    return this.reason === "TooLong"
      ? `a frame of ${this.length} bytes; at most ${this.limit} are accepted`
      : `a frame of ${this.length} bytes; a digest and a message need ${this.limit} at least`
  }
}

/** The shortest body: a digest, and one byte of message. */
export const BODY_MIN_BYTES = DIGEST_BYTES + 1

const NOTHING: Uint8Array = new Uint8Array(0)

/** Parts of an unfinished frame are joined until they are this long, in bytes. */
const PART_MIN_BYTES = 4096

/** A whole frame around a body. */
export const encode = (body: Uint8Array): Uint8Array => {
  const frame = Bytes.allocate(FRAME_LENGTH_BYTES + body.length)
  writeLength(frame, body.length)
  frame.set(body, FRAME_LENGTH_BYTES)
  return frame
}

/**
 * The frame around a body, without a copy where the body is a view of one (as the parser hands it out);
 * it then shares the memory of the chunk that it came in.
 */
export const around = (body: Uint8Array): Uint8Array => {
  const at = body.byteOffset - FRAME_LENGTH_BYTES
  if (at >= 0) {
    const frame = new Uint8Array(body.buffer, at, FRAME_LENGTH_BYTES + body.length)
    if (uint32(frame, 0) === body.length) return frame
  }
  return encode(body)
}

/** Writes the length prefix of a frame. */
export const writeLength = (frame: Uint8Array, length: number): void => {
  frame[0] = length >>> 24
  frame[1] = length >>> 16
  frame[2] = length >>> 8
  frame[3] = length
}

/**
 * Cuts a stream of chunks into bodies, wherever the chunks end.
 *
 * `push` each chunk, then call `next` until it returns `undefined`. A body is a view of the chunk where it
 * lies whole in one, else a copy: use it before the next `push`, or copy it. At most one frame is
 * buffered, and no memory is set aside for bytes that have not come. After an error (`fault`) the
 * stream can't be resumed, and `next` returns `undefined` for good.
 */
export class Parser {
  /** What was wrong with the stream, once something was. */
  fault: FrameError | undefined = undefined
  /** Longest body that is accepted from here on, in bytes. */
  maxBody: number
  private chunk = NOTHING
  private at = 0
  /** Chunks of an unfinished frame that came before `chunk`, and their length. */
  private held: Array<Uint8Array> = []
  private heldLength = 0

  constructor(maxBody: number = FRAME_BODY_MAX_BYTES) {
    this.maxBody = maxBody
  }

  /** Bytes received that belong to no finished frame yet. */
  get buffered(): number {
    return this.heldLength + this.chunk.length - this.at
  }

  push(chunk: Uint8Array): void {
    if (this.at < this.chunk.length) this.hold(this.chunk.subarray(this.at))
    // Plain, since each view of a Buffer costs thrice one of a Uint8Array.
    this.chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    this.at = 0
  }

  next(): Uint8Array | undefined {
    if (this.fault !== undefined) return undefined
    if (this.heldLength > 0) return this.nextHeld()
    const from = this.at
    const left = this.chunk.length - from
    if (left < FRAME_LENGTH_BYTES) {
      if (left === 0) this.letGo()
      return undefined
    }
    const length = this.checked(uint32(this.chunk, from))
    const end = from + FRAME_LENGTH_BYTES + length
    if (this.fault !== undefined || end > this.chunk.length) return undefined
    this.at = end
    return this.chunk.subarray(from + FRAME_LENGTH_BYTES, end)
  }

  /** The frame that began in an earlier chunk: take just what it lacks from this one. */
  private nextHeld(): Uint8Array | undefined {
    if (!this.fill(FRAME_LENGTH_BYTES)) return undefined
    const prefix = this.heldPrefix()
    const length = this.checked(uint32(prefix, 0))
    if (this.fault !== undefined || !this.fill(FRAME_LENGTH_BYTES + length)) return undefined
    const [whole] = this.held
    const isJoined = this.held.length === 1 && whole !== undefined
    const frame = isJoined ? whole : Bytes.concat(this.held, this.heldLength)
    this.held = []
    this.heldLength = 0
    return frame.subarray(FRAME_LENGTH_BYTES)
  }

  /** A chunk that is used up may be a large one, and the next may be long in coming. */
  private letGo(): void {
    this.chunk = NOTHING
    this.at = 0
  }

  /** Moves bytes of the chunk to the held ones until there are `wanted`; whether there are. */
  private fill(wanted: number): boolean {
    const lacking = wanted - this.heldLength
    if (lacking <= 0) return true
    const part = this.chunk.subarray(this.at, this.at + lacking)
    this.at += part.length
    this.hold(part)
    return part.length === lacking
  }

  private hold(part: Uint8Array): void {
    if (part.length === 0) return
    this.heldLength += part.length
    // A frame that trickles in must not cost a view and a buffer for each of its bytes: small parts are
    // joined to their like, each byte but a few times.
    let joined = part
    for (let last = this.held.at(-1); last !== undefined; last = this.held.at(-1)) {
      if (last.length > joined.length || last.length >= PART_MIN_BYTES) break
      this.held.pop()
      joined = Bytes.concat([last, joined])
    }
    this.held.push(joined)
  }

  private heldPrefix(): Uint8Array {
    const first = this.held[0]
    if (first !== undefined && first.length >= FRAME_LENGTH_BYTES) return first
    // Cut inside the prefix: join once, so that the frame's rest is not searched again.
    this.held = [Bytes.concat(this.held, this.heldLength)]
    return this.held[0] ?? new Uint8Array(FRAME_LENGTH_BYTES)
  }

  private checked(length: number): number {
    if (length > this.maxBody) {
      this.fault = new FrameError({ reason: "TooLong", length, limit: this.maxBody })
    } else if (length < BODY_MIN_BYTES) {
      this.fault = new FrameError({ reason: "TooShort", length, limit: BODY_MIN_BYTES })
    }
    return length
  }
}
