/**
 * The addresses that a node listens on. They are bound before anything else, since a node's id and
 * what it tells its peers depend on them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Address } from "../domain/Address.ts"
import { type Listener, TransportError, Transports } from "./Transport.ts"

export class Listening extends Context.Service<
  Listening,
  { readonly listeners: ReadonlyArray<Listener> }
>()("effect-p2p/services/Listening") {
  /** Binds all addresses, or fails with the first that can't be. */
  static readonly layer = (
    addresses: ReadonlyArray<Address>
  ): Layer.Layer<Listening, TransportError, Transports> =>
    Layer.effect(
      Listening,
      Effect.gen(function* () {
        const transports = yield* Transports
        const listeners = yield* Effect.forEach(addresses, (address) =>
          Effect.flatMap(transports.forAddress(address), (transport) => transport.listen(address))
        )
        return Listening.of({ listeners })
      })
    )
}
