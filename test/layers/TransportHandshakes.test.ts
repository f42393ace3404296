// A transport's own handshake that never ends holds nobody up, and is bounded in time and in number.

import { afterEach, describe, expect, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Address } from "../../src/domain/Address.ts"
import {
  TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS,
  TRANSPORT_HANDSHAKES_MAX
} from "../../src/domain/Limits.ts"
import * as TlsTransport from "../../src/layers/TlsTransport.ts"
import * as WebSocketTransport from "../../src/layers/WebSocketTransport.ts"
import type { Transport } from "../../src/services/Transport.ts"
import { meet } from "../suites/Meeting.ts"
import * as RawSocket from "../suites/RawSocket.ts"

const transports: ReadonlyArray<readonly [string, Effect.Effect<Transport>]> = [
  ["tls", Effect.orDie(TlsTransport.make())],
  ["ws", Effect.succeed(WebSocketTransport.transport)],
  ["wss", Effect.orDie(WebSocketTransport.makeSecure())]
]

const at = (scheme: string, port: number) => new Address({ scheme, host: "127.0.0.1", port })

afterEach(() => {
  vi.useRealTimers()
})

describe.each(transports)("%s: a handshake that never ends", (scheme, make) => {
  const listening = Effect.gen(function* () {
    const transport = yield* make
    return { transport, listener: yield* transport.listen(at(scheme, 0)) }
  })

  it.live("does not hold up who comes next", () =>
    Effect.gen(function* () {
      const { listener, transport } = yield* listening
      const silent = yield* RawSocket.connect(listener.address)
      yield* meet(transport, listener)
      expect(silent.isClosed()).toBe(false)
    })
  )

  it.live("gives way, the oldest first, when there are too many", () =>
    Effect.gen(function* () {
      const { listener, transport } = yield* listening
      const silent = yield* Effect.forEach(
        Array.from({ length: TRANSPORT_HANDSHAKES_MAX + 1 }),
        () => RawSocket.connect(listener.address)
      )
      yield* silent[0]?.closed ?? Effect.void
      // An honest one takes the place of the second, and only that.
      yield* meet(transport, listener)
      yield* silent[1]?.closed ?? Effect.void
      expect(silent.filter((raw) => raw.isClosed())).toHaveLength(2)
    })
  )

  // Of 127.0.0.0/8, which all is this machine, only Linux lets one choose without being told to.
  it.live.skipIf(process.platform !== "linux")("ends none but those of its own host", () =>
    Effect.gen(function* () {
      const { listener } = yield* listening
      const other = yield* RawSocket.connect(listener.address, "127.0.0.2")
      const silent = yield* Effect.forEach(
        Array.from({ length: TRANSPORT_HANDSHAKES_MAX + 1 }),
        () => RawSocket.connect(listener.address)
      )
      yield* Effect.all([silent[0]?.closed ?? Effect.void, silent[1]?.closed ?? Effect.void])
      expect(other.isClosed()).toBe(false)
    })
  )

  it.live("is over after its time, however busy the silent one looks", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    return Effect.gen(function* () {
      const { listener, transport } = yield* listening
      const silent = yield* RawSocket.connect(listener.address)
      yield* meet(transport, listener)
      vi.advanceTimersByTime(TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS - 1)
      // The beginning of what could become a handshake of either kind.
      silent.write(scheme === "ws" ? "GET / HT" : Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00))
      yield* meet(transport, listener)
      expect(silent.isClosed()).toBe(false)
      vi.advanceTimersByTime(1)
      yield* silent.closed
    })
  })

  it.live("ends with its listener", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { listener, transport } = yield* Scope.provide(listening, scope)
      const silent = yield* RawSocket.connect(listener.address)
      yield* meet(transport, listener)
      yield* Scope.close(scope, Exit.void)
      yield* silent.closed
    })
  )

  it.effect("fails a dial after its time", () =>
    Effect.gen(function* () {
      const { transport } = yield* listening
      const address = at(scheme, yield* RawSocket.silentServer)
      const dialling = yield* Effect.forkChild(Effect.flip(transport.dial(address)))
      const second = Effect.andThen(TestClock.adjust("1 second"), Effect.yieldNow)
      const error = yield* Effect.raceFirst(Fiber.join(dialling), Effect.forever(second))
      expect(error).toMatchObject({ _tag: "TransportError", reason: "Handshake", address })
      expect(error.detail).toContain(`${TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS} ms`)
    })
  )
})
