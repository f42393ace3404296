// The contract of a transport: what every adapter must pass.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { Address } from "../../src/domain/Address.ts"
import * as Bytes from "../../src/domain/Bytes.ts"
import type { Duplex, Transport } from "../../src/services/Transport.ts"

export interface TransportSuite {
  readonly transport: Effect.Effect<Transport>
  /** An address to listen on, with a port of 0. */
  readonly any: Address
  /** One that nobody listens on. */
  readonly nobody: Address
}

/** Pulls until so many bytes are there. */
const pullBytes = Effect.fnUntraced(function* (duplex: Duplex, length: number) {
  const parts: Array<Uint8Array> = []
  while (Bytes.totalLength(parts) < length) {
    for (const part of yield* duplex.pull) parts.push(part.slice())
  }
  return Bytes.concat(parts)
})

const numbered = (length: number) =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff)

export const transportSuite = (name: string, suite: TransportSuite): void => {
  /** Two ends of one connection, each in a scope of its own. */
  const connected = Effect.gen(function* () {
    const transport = yield* suite.transport
    const listener = yield* transport.listen(suite.any)
    const ourScope = yield* Scope.fork(yield* Effect.scope)
    const theirScope = yield* Scope.fork(yield* Effect.scope)
    const [ours, theirs] = yield* Effect.all(
      [
        Scope.provide(transport.dial(listener.address), ourScope),
        Scope.provide(listener.accept, theirScope)
      ],
      { concurrency: "unbounded" }
    )
    return { transport, listener, ours, theirs, ourScope, theirScope }
  })

  describe(`${name}: the contract of a transport`, () => {
    it.live("binds a port of its own choice, and says which", () =>
      Effect.gen(function* () {
        const transport = yield* suite.transport
        const { address } = yield* transport.listen(suite.any)
        expect(address.port).toBeGreaterThan(0)
        expect(address.scheme).toBe(transport.scheme)
      })
    )

    it.live("carries bytes both ways, in order, whatever the chunks", () =>
      Effect.gen(function* () {
        const { ours, theirs } = yield* connected
        for (const [from, to] of [
          [ours, theirs],
          [theirs, ours]
        ] as const) {
          const sent = numbered(300_000)
          const got = yield* Effect.forkChild(pullBytes(to, sent.length))
          for (let at = 0; at < sent.length; at += 7_777) {
            yield* from.write(sent.subarray(at, at + 7_777))
          }
          expect(Bytes.equals(yield* Fiber.join(got), sent)).toBe(true)
        }
      })
    )

    it.live("holds a writer back while nobody reads, and lets it go on when somebody does", () =>
      Effect.gen(function* () {
        const { ours, theirs } = yield* connected
        const chunk = numbered(1_000_000)
        let written = 0
        const writer = yield* Effect.forkChild(
          Effect.repeat(
            Effect.andThen(
              ours.write(chunk),
              Effect.sync(() => written++)
            ),
            { times: 63 }
          )
        )
        const halfWay = yield* Effect.timeoutOption(Fiber.join(writer), 300)
        expect(halfWay._tag).toBe("None")
        expect(written).toBeLessThan(64)
        const got = yield* pullBytes(theirs, 64 * chunk.length)
        yield* Fiber.join(writer)
        expect(got.length).toBe(64 * chunk.length)
        expect(Bytes.equals(got.subarray(-chunk.length), chunk)).toBe(true)
      })
    )

    it.live(
      "sends what was written before it closes; the other end sees the end of the stream",
      () =>
        Effect.gen(function* () {
          const { ourScope, ours, theirs } = yield* connected
          yield* ours.write(numbered(50_000))
          yield* Scope.close(ourScope, Exit.void)
          expect((yield* pullBytes(theirs, 50_000)).length).toBe(50_000)
          expect((yield* Effect.flip(theirs.pull)).reason).toBe("Closed")
          // And again, as often as it is asked.
          expect((yield* Effect.flip(theirs.pull)).reason).toBe("Closed")
        })
    )

    it.live("an interrupted pull loses nothing", () =>
      Effect.gen(function* () {
        const { ours, theirs } = yield* connected
        const waiting = yield* Effect.forkChild(theirs.pull)
        yield* Effect.yieldNow
        yield* Fiber.interrupt(waiting)
        yield* ours.write(numbered(10))
        expect(yield* pullBytes(theirs, 10)).toEqual(numbered(10))
      })
    )

    it.live("an interrupted accept leaves the next connection to the next one who accepts", () =>
      Effect.gen(function* () {
        const { listener, transport } = yield* connected
        const waiting = yield* Effect.forkChild(Effect.scoped(listener.accept))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(waiting)
        const ours = yield* transport.dial(listener.address)
        const theirs = yield* listener.accept
        yield* ours.write(numbered(3))
        expect(yield* pullBytes(theirs, 3)).toEqual(numbered(3))
      })
    )

    it.live("a dial that reaches nobody fails with the address and a reason", () =>
      Effect.gen(function* () {
        const transport = yield* suite.transport
        const error = yield* Effect.flip(transport.dial(suite.nobody))
        expect(error).toMatchObject({ _tag: "TransportError", reason: "Dial" })
        expect(error.message).toContain(String(suite.nobody))
      })
    )

    it.live("an address in use can't be listened on, until it is free again", () =>
      Effect.gen(function* () {
        const transport = yield* suite.transport
        const scope = yield* Scope.make()
        const { address } = yield* Scope.provide(transport.listen(suite.any), scope)
        const error = yield* Effect.flip(transport.listen(address))
        expect(error).toMatchObject({ _tag: "TransportError", reason: "Listen" })
        yield* Scope.close(scope, Exit.void)
        yield* transport.listen(address)
      })
    )
  })
}
