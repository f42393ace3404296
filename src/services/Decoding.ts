/**
 * From an incoming message to its schema's type, for those who handle control and peer messages.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Envelope from "../domain/Envelope.ts"
import { Main } from "../domain/Flags.ts"
import { CONTROL_MAX_BYTES } from "../domain/Limits.ts"
import type { ValueDecodeError } from "../domain/MessagePack.ts"
import * as WireMessage from "../domain/messages/WireMessage.ts"
import { ofInput } from "../domain/RefusalReason.ts"
import type { Asking } from "./Conduct.ts"
import type { Incoming } from "./Relay.ts"

/** The message in an envelope; nothing larger than such messages are is decoded. */
export const decode = (
  envelope: Envelope.Envelope
): Result.Result<
  WireMessage.WireMessage,
  Envelope.EnvelopeError | ValueDecodeError | WireMessage.MessageError
> => {
  const bytes = envelope.bytes.length - envelope.payloadStart
  if (bytes > CONTROL_MAX_BYTES) {
    const reason = `${bytes} bytes; a control message has ${CONTROL_MAX_BYTES} at most`
    return Result.fail(new Envelope.EnvelopeError({ field: "size", reason }))
  }
  return Result.flatMap(Envelope.payload(envelope), (payload) =>
    WireMessage.decode(envelope.main, payload)
  )
}

/**
 * Uses a decoded message, unless more of its kind have come than are looked at. A malformed whisper counts against
 * its sender; a malformed broadcast, or one that was carried, doesn't: who passed it on is not who made
 * it.
 */
export const withMessage = (
  { envelope, from, isCarried }: Incoming,
  use: (message: WireMessage.WireMessage) => void,
  kind: Asking = "Control"
): void => {
  if (!from.mayAsk(envelope, kind)) return
  const message = decode(envelope)
  if (Result.isSuccess(message)) use(message.success)
  else if (envelope.main !== Main.broadcast && !isCarried) from.refuse(message.failure)
  else from.drop(ofInput(message.failure))
}
