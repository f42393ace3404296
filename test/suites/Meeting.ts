// A connection over a transport that carries something both ways.

import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Listener, Transport } from "../../src/services/Transport.ts"

const bytes = Uint8Array.of(1, 2, 3)

/** A dial that gets through: whoever is accepted next is the one that has dialled. */
export const meet = Effect.fnUntraced(function* (transport: Transport, listener: Listener) {
  const one = yield* transport.dial(listener.address)
  yield* one.write(bytes)
  const other = yield* listener.accept
  expect((yield* other.pull).flatMap((chunk) => [...chunk])).toEqual([...bytes])
  yield* other.write(bytes)
  expect((yield* one.pull).flatMap((chunk) => [...chunk])).toEqual([...bytes])
})
