// What the contract of all transports does not cover: a host's ports.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Address } from "../../src/domain/Address.ts"
import * as MemoryTransport from "../../src/layers/MemoryTransport.ts"

const PORTS = 65_536 - 49_152

const address = new Address({ scheme: "memory", host: "there", port: 1 })

/** How to dial from a host: to one that accepts who comes, one after the other, and closes with them. */
const hosts = Effect.gen(function* () {
  const network = yield* MemoryTransport.live
  const { accept } = yield* network.transport("there").listen(address)
  const take = Effect.scoped(
    Effect.flatMap(accept, ({ pull }) => Effect.ignore(Effect.forever(pull)))
  )
  yield* Effect.forkScoped(Effect.forever(take))
  return (host: string) => network.transport(host).dial(address)
})

describe("a host's ports", () => {
  it.effect("are free again when their connections have ended", () =>
    Effect.gen(function* () {
      const dialFrom = yield* hosts
      for (let i = 0; i < PORTS + 10; i++) yield* Effect.scoped(dialFrom("here"))
    }).pipe(Effect.scoped)
  )

  it.effect("can all be in use: then a dial fails, and says so", () =>
    Effect.gen(function* () {
      const dialFrom = yield* hosts
      for (let i = 0; i < PORTS; i++) yield* dialFrom("here")
      const error = yield* Effect.flip(dialFrom("here"))
      expect(error).toMatchObject({ _tag: "TransportError", reason: "Dial" })
      expect(error.message).toContain("all ports are in use")
      // Another host has its own.
      yield* dialFrom("elsewhere")
    }).pipe(Effect.scoped)
  )
})
