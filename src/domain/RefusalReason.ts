/**
 * Why a node refused something: one word for each, by which refusals are counted.
 *
 * There is no text of a peer's in it, so that what is counted has a bounded number of kinds.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { BodyError } from "./Body.ts"
import type { Reason } from "./ConnectionError.ts"
import type { EnvelopeError } from "./Envelope.ts"
import type { ValueDecodeError } from "./MessagePack.ts"
import type { MessageError } from "./messages/WireMessage.ts"

/** Something from the wire that was refused, without ending the connection. */
export type RefusedInput = BodyError | MessageError | ValueDecodeError

export const RefusalReason = Schema.Literals([
  // Frames: the stream can't be read any further.
  "FrameTooShort",
  "FrameTooLong",
  // Bodies: a frame that is no message of ours, as far as it could be read.
  "NotAMessage",
  "BadMainFlag",
  "BadSender",
  "BadTime",
  "BadPayload",
  "WrongDigest",
  "InflatedTooLarge",
  // Messages whose flags are known, and the rest is not as it must be.
  "MessageTooLarge",
  "MalformedMessage",
  "MalformedValue",
  "BeforeHandshake",
  // Broadcasts, by their time.
  "Expired",
  "Early",
  "Forgotten",
  // Rates.
  "TooManyControlMessages",
  "TooManyRequests",
  "TooManyErrands",
  "TooManyUnknownMessages",
  // Connections from one host, refused before a word was said.
  "HostHasTooMany",
  "HostTooFrequent",
  // Connections that we ended, or did not let come to be.
  "WrongSubnet",
  "WrongVersion",
  "SelfConnection",
  "DuplicateConnection",
  "TooManyPeers",
  "HandshakeTimeout",
  "Malformed",
  "Flooding",
  "SlowPeer",
  "SlowFrame",
  "Overloaded",
  "Unresponsive",
  "Escalated"
])
export type RefusalReason = typeof RefusalReason.Type

const fields: { readonly [F in EnvelopeError["field"]]: RefusalReason } = {
  array: "NotAMessage",
  "main flag": "BadMainFlag",
  sender: "BadSender",
  time: "BadTime",
  payload: "BadPayload",
  size: "MessageTooLarge",
  digest: "WrongDigest"
}

/** The reason for an input that was refused. */
export const ofInput = (error: RefusedInput): RefusalReason => {
  switch (error._tag) {
    case "EnvelopeError":
      return fields[error.field]
    case "InflateError":
      return "InflatedTooLarge"
    case "MessageError":
      return "MalformedMessage"
    case "ValueDecodeError":
      return "MalformedValue"
  }
}

/** The reason for a connection that we ended; none where its end was nobody's fault. */
export const ofConnection = (reason: Reason): RefusalReason | undefined =>
  RefusalReason.literals.find((known) => known === reason)
