/**
 * Base58 of a digest read as one big integer, as 0.7 writes its ids.
 *
 * The alphabet is Bitcoin's; unlike Bitcoin's own form, leading zero bytes are dropped, and zero is
 * "1". Source: the 0.7 wire protocol, "Ids".
 *
 * @since 0.1.0
 */
import { base58 } from "@scure/base"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** A text that is not base58. */
export class Base58Error extends Schema.TaggedError<Base58Error>()("Base58Error", {
  text: Schema.String
}) {
  override get message() {
    return `not base58: ${JSON.stringify(this.text)}`
  }
}

const significant = (bytes: Uint8Array): Uint8Array => {
  let first = 0
  while (first < bytes.length && bytes[first] === 0) first++
  return bytes.subarray(first)
}

/** Writes an unsigned big-endian integer of any length in base58. */
export const encode = (bytes: Uint8Array): string => {
  const digits = base58.encode(significant(bytes))
  return digits === "" ? "1" : digits
}

/**
 * Reads an integer in base58 into its shortest big-endian bytes (none for zero).
 *
 * Fails with `Base58Error` on any other character.
 */
export const decode = (text: string): Result.Result<Uint8Array, Base58Error> =>
  Result.try({
    try: () => significant(base58.decode(text)),
    catch: () => new Base58Error({ text: text.slice(0, 128) })
  })
