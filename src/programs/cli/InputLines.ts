/**
 * Lines out of bytes, each bounded.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Bytes from "../../domain/Bytes.ts"
import { FRAME_BODY_MAX_BYTES } from "../../domain/Limits.ts"

/**
 * Longest line of input, in bytes. Four times what a frame holds: no payload that could be sent is longer
 * than that, in base64 or in JSON's usual escapes.
 */
export const LINE_MAX_BYTES = 4 * FRAME_BODY_MAX_BYTES

/** A line that can't be read; the next one can. */
export class LineError extends Schema.TaggedError<LineError>()("LineError", {
  reason: Schema.Literals(["TooLong", "NotUtf8"]),
  detail: Schema.String
}) {
  override get message() {
    return `unreadable line (${this.reason}): ${this.detail}`
  }
}

export type Line = Result.Result<string, LineError>

const LF = 0x0a

/** Splits at each line feed, with or without a carriage return before it. */
export class Splitter {
  private readonly maxBytes: number
  private readonly decoder = new TextDecoder("utf-8", { fatal: true })
  private parts: Array<Uint8Array> = []
  private length = 0
  /** Within a line that was refused already. */
  private skipping = false

  constructor(maxBytes = LINE_MAX_BYTES) {
    this.maxBytes = maxBytes
  }

  /** The lines that end in this chunk, and a refusal as soon as one has grown too long. */
  push(chunk: Uint8Array): ReadonlyArray<Line> {
    const lines: Array<Line> = []
    let start = 0
    while (start < chunk.length) {
      const lineFeed = chunk.indexOf(LF, start)
      this.add(chunk.subarray(start, lineFeed < 0 ? chunk.length : lineFeed), lines)
      if (lineFeed < 0) break
      this.finish(lines)
      start = lineFeed + 1
    }
    return lines
  }

  /** The last line, if nothing ended it. */
  end(): ReadonlyArray<Line> {
    const lines: Array<Line> = []
    if (this.length > 0) this.finish(lines)
    return lines
  }

  private add(part: Uint8Array, lines: Array<Line>): void {
    if (this.skipping || part.length === 0) return
    this.length += part.length
    if (this.length <= this.maxBytes) {
      this.parts.push(part)
      return
    }
    const detail = `more than ${this.maxBytes} bytes`
    lines.push(Result.fail(new LineError({ reason: "TooLong", detail })))
    this.parts = []
    this.length = 0
    this.skipping = true
  }

  private finish(lines: Array<Line>): void {
    if (!this.skipping) lines.push(this.decode(Bytes.concat(this.parts)))
    this.parts = []
    this.length = 0
    this.skipping = false
  }

  private decode(bytes: Uint8Array): Line {
    try {
      const text = this.decoder.decode(bytes)
      return Result.succeed(text.endsWith("\r") ? text.slice(0, -1) : text)
    } catch {
      const detail = `${bytes.length} bytes that are no UTF-8 text`
      return Result.fail(new LineError({ reason: "NotUtf8", detail }))
    }
  }
}

/** The lines of a stream of bytes. */
export const lines = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Line, E, R> =>
  Stream.suspend(() => {
    const splitter = new Splitter()
    return bytes.pipe(
      Stream.map((chunk) => splitter.push(chunk)),
      Stream.concat(Stream.sync(() => splitter.end())),
      Stream.flattenIterable
    )
  })
