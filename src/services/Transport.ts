/**
 * Transports: what carries bytes between two nodes. Each adapter must pass the cases
 * of `contracts/TransportContract.ts`.
 *
 * @since 0.1.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Address } from "../domain/Address.ts"
import type { Encryption } from "../domain/Ids.ts"

/** Something that a transport could not do, or that befell one of its connections. */
export class TransportError extends Schema.TaggedError<TransportError>()("TransportError", {
  reason: Schema.Literals([
    "Dial",
    "Handshake",
    "Listen",
    "Read",
    "TooLarge",
    "Write",
    "Closed",
    "UnknownScheme"
  ]),
  address: Address,
  detail: Schema.String
}) {
  override get message() {
    const what = {
      Dial: "could not dial",
      Handshake: "no handshake with",
      Listen: "could not listen on",
      Read: "could not read from",
      TooLarge: "too large a message from",
      Write: "could not write to",
      Closed: "connection closed by",
      UnknownScheme: "no transport for"
    }[this.reason]
    return `${what} ${this.address}: ${this.detail}`
  }
}

/**
 * One connection: an ordered stream of bytes each way. It lives as long as the scope in which it was
 * made; closing that scope sends what was written, and then closes it.
 */
export interface Duplex {
  /** The other end, as far as the transport can tell. */
  readonly remote: Address
  /** The host by which the other end has reached this one. */
  readonly localHost: string
  /**
   * Waits for bytes. Fails with reason `Closed` at the end of the stream, with `Read` where it broke, and
   * with `TooLarge` where the transport has messages and one was larger than it takes.
   * Interrupting a pull loses nothing.
   */
  readonly pull: Effect.Effect<NonEmptyReadonlyArray<Uint8Array>, TransportError>
  /** Hands bytes over at once, then waits until the transport wants more. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, TransportError>
}

/** A bound address that accepts connections. */
export interface Listener {
  /** The address as bound: a port of 0 has become a real one. */
  readonly address: Address
  /**
   * Waits for the next connection, which then lives as long as the caller's scope: longer than the
   * wait, and independent of who waits next.
   */
  readonly accept: Effect.Effect<Duplex, TransportError, Scope.Scope>
}

/** One kind of transport. */
export interface Transport {
  /** What its addresses begin with. */
  readonly scheme: string
  /** What 0.7 calls its protection: part of every subnet's id. */
  readonly encryption: Encryption
  /**
   * Connects. Fails with reason `Dial` where nobody answers, and with `Handshake` where the transport's own
   * (of TLS, of WebSocket) comes to nothing.
   */
  readonly dial: (address: Address) => Effect.Effect<Duplex, TransportError, Scope.Scope>
  /** Binds an address. Fails with reason `Listen`. */
  readonly listen: (address: Address) => Effect.Effect<Listener, TransportError, Scope.Scope>
}

/** The transports of a node, by scheme. */
export class Transports extends Context.Service<
  Transports,
  {
    readonly all: ReadonlyArray<Transport>
    /** Fails with reason `UnknownScheme` where none has the address's scheme. */
    readonly forAddress: (address: Address) => Effect.Effect<Transport, TransportError>
  }
>()("effect-p2p/services/Transport/Transports") {
  /** The service over some transports; of two with one scheme the first counts. */
  static readonly layer = (all: ReadonlyArray<Transport>): Layer.Layer<Transports> =>
    Layer.succeed(
      Transports,
      Transports.of({
        all,
        forAddress: (address) => {
          const found = all.find((transport) => transport.scheme === address.scheme)
          if (found !== undefined) return Effect.succeed(found)
          const known = all.map((transport) => transport.scheme).join(", ")
          const detail = `this node has ${known === "" ? "none" : known}`
          return Effect.fail(new TransportError({ reason: "UnknownScheme", address, detail }))
        }
      })
    )
}
