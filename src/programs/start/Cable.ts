/**
 * A transport with a plug to pull: what its connections carry stops at once, and no goodbye goes out. To
 * the other ends that is a machine that has lost its power.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import { type Duplex, type Transport, TransportError } from "../../services/Transport.ts"

export interface Cable {
  readonly transport: Transport
  readonly pull: Effect.Effect<void>
}

/** The same transport, with a plug of its own. */
export const around = (transport: Transport): Cable => {
  const plug = Latch.makeUnsafe(false)
  let isPulled = false

  const wrap = (duplex: Duplex): Duplex => {
    const fail = (reason: "Read" | "Write") =>
      Effect.fail(new TransportError({ reason, address: duplex.remote, detail: "no power" }))
    return {
      ...duplex,
      pull: Effect.raceFirst(
        duplex.pull,
        Effect.andThen(plug.await, () => fail("Read"))
      ),
      write: (bytes) => Effect.suspend(() => (isPulled ? fail("Write") : duplex.write(bytes)))
    }
  }

  return {
    transport: {
      ...transport,
      dial: (address) => Effect.map(transport.dial(address), wrap),
      listen: (address) =>
        Effect.map(transport.listen(address), (listener) => ({
          ...listener,
          accept: Effect.map(listener.accept, wrap)
        }))
    },
    pull: Effect.sync(() => {
      isPulled = true
      plug.openUnsafe()
    })
  }
}
