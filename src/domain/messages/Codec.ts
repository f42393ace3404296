/**
 * What each message's file says of itself: how it travels, and its schema in either dialect.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { Dialect } from "../Dialect.ts"
import { HOST_MAX_CHARS } from "../Limits.ts"
import type { Value } from "../Value.ts"

/** The elements of a payload, sub-flag first. */
export type Payload = ReadonlyArray<Value>

/** A message's way onto the wire and back. */
export interface Codec<A> {
  /** Main flag (`Flags.Main`). */
  readonly main: number
  /** Sub-flag (`Flags.Sub`), the first element of the payload. */
  readonly sub: number
  /** Elements of payload that make it this message; a shorter or longer one is another. */
  readonly arity: number | "any"
  /** Its schema; the encoded side is the payload, spelled in a dialect. */
  readonly wire: (dialect: Dialect) => Schema.Codec<A, Payload>
}

/** A host and port as 0.7 writes them; both null for a node that can't be dialled. */
export const Endpoint = Schema.NullOr(
  Schema.Struct({
    // Printable ASCII: what a resolver takes, and nothing that a log or a terminal would stumble over.
    host: Schema.String.check(Schema.isMaxLength(HOST_MAX_CHARS), Schema.isPattern(/^[!-~]*$/)),
    port: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65535 }))
  })
)
export type Endpoint = typeof Endpoint.Type

/** Computes a schema once for each dialect. */
export const perDialect = <A>(make: (dialect: Dialect) => A): ((dialect: Dialect) => A) => {
  const both = { str: make("str"), bin: make("bin") }
  return (dialect) => both[dialect]
}
