// Connections without end: from one host, from many, silent, or all of one name.

import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  HOST_ATTEMPTS_BURST,
  HOST_ATTEMPTS_OFFENCE,
  HOST_INCOMING_MAX,
  PENDING_MAX,
  SPARES_MAX
} from "../../../src/domain/Limits.ts"
import { startNode, tags, until } from "../../suites/Network.ts"
import { dialNode } from "../../suites/RawPeer.ts"
import { attacked } from "../../suites/Scene.ts"

const times = (count: number) => Array.from({ length: count }, (_, i) => i)

describe("connections from one host", () => {
  it("are so many at once, and no more", () => {
    const { left, refusals } = attacked(() =>
      Effect.gen(function* () {
        for (const _ of times(HOST_INCOMING_MAX + 20)) yield* dialNode("crowd", "node")
        yield* Effect.sleep(1000)
      })
    )
    expect(refusals).toEqual({ HostHasTooMany: 20 })
    expect(left).toBe(HOST_INCOMING_MAX)
  })

  it("may be more where the user says so", () => {
    const { left, refusals } = attacked(
      () =>
        Effect.gen(function* () {
          for (const _ of times(HOST_INCOMING_MAX + 20)) yield* dialNode("crowd", "node")
          yield* Effect.sleep(1000)
        }),
      { maxPerHost: 1000 }
    )
    expect(refusals).toEqual({})
    expect(left).toBe(HOST_INCOMING_MAX + 20)
  })

  it("that come to nothing are so many at once, and then a few each second", () => {
    const { left, refusals } = attacked(() =>
      Effect.gen(function* () {
        const attempt = Effect.scoped(Effect.andThen(dialNode("crowd", "node"), Effect.sleep(2)))
        // Ten at a time, so that hardly anything is forgiven meanwhile.
        const attempts = times(HOST_ATTEMPTS_BURST + 100).map(() => attempt)
        yield* Effect.all(attempts, { concurrency: 10, discard: true })
        yield* Effect.sleep(1000)
      })
    )
    expect(refusals.HostTooFrequent).toBeGreaterThan(70)
    expect(left).toBe(0)
  })

  it("cost it more where they were ended for what they said", () => {
    const { refusals } = attacked(() =>
      Effect.gen(function* () {
        for (const _ of times(HOST_ATTEMPTS_BURST / HOST_ATTEMPTS_OFFENCE + 5)) {
          const peer = yield* dialNode("crowd", "node")
          yield* peer.sayBytes(new Uint8Array(4))
          yield* Effect.sleep(50)
        }
      })
    )
    expect(refusals.Malformed).toBeGreaterThanOrEqual(HOST_ATTEMPTS_BURST / HOST_ATTEMPTS_OFFENCE)
    expect(refusals.HostTooFrequent).toBeGreaterThan(0)
  })

  it("cost another host nothing", () => {
    const { value } = attacked(() =>
      Effect.gen(function* () {
        for (const _ of times(300)) {
          yield* Effect.scoped(Effect.andThen(dialNode("crowd", "node"), Effect.sleep(2)))
        }
        const late = yield* startNode("late", { join: ["node"] })
        yield* until("the late one", () => late.events.length === 1)
        return tags(late)
      })
    )
    expect(value).toEqual(["PeerConnected"])
  })
})

describe("handshakes that are not begun", () => {
  it("give way to new ones, the oldest of the host with most of them first", () => {
    const { refusals, value } = attacked(() =>
      Effect.gen(function* () {
        const slow = yield* dialNode("slow", "node")
        yield* Effect.sleep(100)
        for (const host of ["x", "y", "z"]) {
          for (const _ of times(HOST_INCOMING_MAX)) yield* dialNode(host, "node")
        }
        yield* Effect.sleep(100)
        const late = yield* startNode("late", { join: ["node"] })
        yield* until("the late one", () => late.events.length === 1)
        yield* slow.handshake()
        yield* Effect.sleep(100)
        return [tags(late), slow.isClosed]
      })
    )
    expect(value).toEqual([["PeerConnected"], false])
    expect(refusals.TooManyPeers).toBe(3 * HOST_INCOMING_MAX + 2 - PENDING_MAX)
  })
})

describe("connections of one name", () => {
  it("are one, and one that waits for its end", () => {
    const { left, refusals } = attacked(() =>
      Effect.gen(function* () {
        for (const _ of times(10)) {
          const peer = yield* dialNode("x", "node")
          yield* peer.handshake()
        }
        yield* Effect.sleep(1000)
      })
    )
    expect(refusals).toEqual({ DuplicateConnection: 10 - 1 - SPARES_MAX })
    expect(left).toBe(1 + SPARES_MAX)
  })

  it("take places like all others", () => {
    const { refusals } = attacked(
      () =>
        Effect.gen(function* () {
          for (const name of ["x", "x", "y"]) {
            const peer = yield* dialNode(name, "node")
            yield* peer.handshake()
            yield* Effect.sleep(100)
          }
        }),
      { maxIncoming: 4 }
    )
    expect(refusals).toEqual({ TooManyPeers: 1 })
  })
})
