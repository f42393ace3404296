/**
 * From a frame's body to a message whose digest fits, whatever it was compressed with.
 *
 * Nothing in a frame says whether it is compressed: the digest decides. Raw is tried first, then the
 * methods that the peer may have used. Source: the 0.7 wire protocol, "Frame".
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Bytes from "./Bytes.ts"
import { type Compressor, InflateError, looksCompressed, type Speakable } from "./Compression.ts"
import * as Envelope from "./Envelope.ts"
import { Main } from "./Flags.ts"
import type { Hasher } from "./Hasher.ts"
import { DIGEST_BYTES, FRAME_INFLATED_MAX_BYTES } from "./Limits.ts"

/** A message out of its body. */
export interface Unwrapped {
  /** Digest and packed message, uncompressed. A view of the body where that was raw. */
  readonly body: Uint8Array
  readonly envelope: Envelope.Envelope
  /** A broadcast that the caller knows already; its digest was not checked again. */
  readonly isKnown: boolean
}

/** Why a body was refused: at most one of its readings was right, and each has a fault. */
export type BodyError = Envelope.EnvelopeError | InflateError

/**
 * Bytes that the last {@link unwrap} has decompressed to, or may have. Set wherever its result is not a view of
 * what it was given: what is raw costs nothing worth counting.
 */
export let inflated = 0

/** Tells whether a broadcast of this second is known, by the digest at a position of some bytes. */
export type IsKnown = (second: number, bytes: Uint8Array, at: number) => boolean

const read = (hasher: Hasher, body: Uint8Array, isKnown: IsKnown): Unwrapped | BodyError => {
  const envelope = Envelope.parseHeader(body, DIGEST_BYTES)
  if (envelope instanceof Envelope.EnvelopeError) return envelope
  // A known digest needs no check: what claims it is dropped as a duplicate, be it true or not.
  if (envelope.main === Main.broadcast && isKnown(envelope.time, body, 0)) {
    return { body, envelope, isKnown: true }
  }
  const fault = Envelope.scanPayload(envelope)
  if (fault !== undefined) return fault
  if (!Bytes.isKey(body, 0, hasher.sha256Key(envelope.packed))) {
    return new Envelope.EnvelopeError({ field: "digest", reason: "does not fit the message" })
  }
  return { body, envelope, isKnown: false }
}

/** How far a reading came before it failed. Few bytes are a zlib stream, but any may be a snappy one. */
const PROGRESS = {
  array: 0,
  "main flag": 1,
  TooLarge: 2,
  sender: 3,
  time: 4,
  payload: 5,
  size: 5,
  digest: 6
} as const

const progress = (fault: BodyError): number =>
  PROGRESS[fault instanceof InflateError ? "TooLarge" : fault.field]

/** The fault of the reading that came further, the first of two equals: it says most. */
const further = (a: BodyError, b: BodyError): BodyError => (progress(b) > progress(a) ? b : a)

/** Most that DEFLATE makes of a byte (zlib's technical details, "Maximum expansion factor"). */
const DEFLATE_FACTOR_MAX = 1032

/** What a method may have made before it failed. What does not begin as its stream does fails at once. */
const mayHaveMade = ({ limit, method, reason }: InflateError, body: Uint8Array): number => {
  // A snappy stream is walked before anything is made of it.
  if (method === "snappy") return 0
  if (reason === "TooLarge") return limit
  const isGzip = body[0] === 0x1f && body[1] === 0x8b
  if (!looksCompressed(body) || isGzip !== (method === "gzip")) return 0
  return Math.min(limit, body.length * DEFLATE_FACTOR_MAX)
}

/** Reads a body. `methods` are those that the peer may have compressed it with. */
export const unwrap = (
  hasher: Hasher,
  compressor: Compressor,
  methods: ReadonlyArray<Speakable>,
  body: Uint8Array,
  isKnown: IsKnown
): Unwrapped | BodyError => {
  const raw = read(hasher, body, isKnown)
  if (!isError(raw)) return raw
  let fault: BodyError = raw
  inflated = 0
  for (const method of methods) {
    const whole = compressor.inflate(method, body, FRAME_INFLATED_MAX_BYTES)
    if (Result.isFailure(whole)) {
      inflated += mayHaveMade(whole.failure, body)
      if (whole.failure.reason === "TooLarge") fault = further(fault, whole.failure)
      continue
    }
    inflated += whole.success.length
    const found = read(hasher, whole.success, isKnown)
    if (!isError(found)) return found
    fault = further(fault, found)
  }
  return fault
}

/** Whether {@link unwrap} refused. */
export const isError = (result: Unwrapped | BodyError): result is BodyError =>
  result instanceof Envelope.EnvelopeError || result instanceof InflateError
