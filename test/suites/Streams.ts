// Two hosts of a simulation that are joined by a bare connection, and what comes through it.

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { addressOf } from "../../src/layers/simulation/Network.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import type { Duplex } from "../../src/services/Transport.ts"

/** A piece as it came. */
export interface Piece {
  readonly bytes: Uint8Array
  /** Milliseconds since reading began. */
  readonly afterMillis: number
}

/** Reads all that comes, until the stream ends. */
export const readAll = Effect.fnUntraced(function* (duplex: Duplex) {
  const clock = yield* Clock.Clock
  const began = clock.currentTimeMillisUnsafe()
  const read = { pieces: new Array<Piece>(), end: "" }
  yield* Effect.forkScoped(
    Effect.gen(function* () {
      while (read.end === "") {
        const pulled = yield* Effect.result(duplex.pull)
        const afterMillis = clock.currentTimeMillisUnsafe() - began
        if (Result.isFailure(pulled)) read.end = pulled.failure.reason
        else for (const bytes of pulled.success) read.pieces.push({ bytes, afterMillis })
      }
    })
  )
  return read
})

/** A host that listens, one that has dialled it, and both ends of their connection. */
export const joined = Effect.fnUntraced(function* (listening: string, dialling: string) {
  const simulation = yield* Simulation
  const listener = yield* simulation.transport(listening).listen(addressOf(listening))
  const far = yield* simulation.transport(dialling).dial(addressOf(listening))
  const near = yield* listener.accept
  return { simulation, near, far }
})
