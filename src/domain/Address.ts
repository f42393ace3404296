/**
 * Where a node can be dialled.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { HOST_MAX_CHARS } from "./Limits.ts"

/** A text that is no address of the form `scheme://host:port`. */
export class AddressError extends Schema.TaggedError<AddressError>()("AddressError", {
  text: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `not an address: ${JSON.stringify(this.text)}: ${this.reason}`
  }
}

/** A transport's name, a host (name, IPv4 or IPv6 without brackets), and a port (0: any). */
export class Address extends Schema.Class<Address>("effect-p2p/Address")({
  scheme: Schema.String,
  host: Schema.NonEmptyString.check(Schema.isMaxLength(HOST_MAX_CHARS)),
  port: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65535 }))
}) {
  override toString(): string {
    return format(this)
  }
}

/** `scheme://host:port`, an IPv6 host in brackets. */
export const format = (address: Address): string => `${address.scheme}://${hostPort(address)}`

/** `host:port`, an IPv6 host in brackets. */
export const hostPort = (address: Address): string =>
  address.host.includes(":")
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`

// An IPv6 host may name its zone, which is any text, after a "%" (RFC 4007, section 11).
const PATTERN =
  /^([a-z][a-z0-9+.-]*):\/\/(?:\[([0-9a-fA-F:.]+(?:%[^/?#[\]@\s]+)?)\]|([^:/?#[\]@\s]+)):(\d{1,5})\/?$/

/** Reads `scheme://host:port`. Fails with `AddressError`, which says what is wrong. */
export const parse = (text: string): Result.Result<Address, AddressError> => {
  const fail = (reason: string) =>
    Result.fail(new AddressError({ text: text.slice(0, 2 * HOST_MAX_CHARS), reason }))
  const match = PATTERN.exec(text)
  if (match === null) return fail("expected scheme://host:port")
  const [, scheme = "", bracketed, plain, digits = ""] = match
  const host = bracketed ?? plain ?? ""
  const port = Number(digits)
  if (host.length > HOST_MAX_CHARS) return fail(`a host of more than ${HOST_MAX_CHARS} characters`)
  if (port > 65535) return fail("a port beyond 65535")
  return Result.succeed(new Address({ scheme, host, port }))
}

/** Whether two addresses are the same, scheme included. */
export const equals = (a: Address, b: Address): boolean =>
  a.scheme === b.scheme && a.host === b.host && a.port === b.port
