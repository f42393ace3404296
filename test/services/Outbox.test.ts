import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Bytes from "../../src/domain/Bytes.ts"
import {
  OUTBOX_HIGH_WATER_BYTES,
  OUTBOX_MAX_BYTES,
  OUTBOX_RESERVE_BYTES,
  WRITE_GATHER_MAX_BYTES
} from "../../src/domain/Limits.ts"
import { type Kind, Outbox } from "../../src/services/Outbox.ts"
import { bytes, integers } from "../suites/Arbitraries.ts"

/** An outbox in a turn that ends when the test says so. */
const turned = () => {
  let tasks: Array<() => void> = []
  const endTurn = () => {
    const ending = tasks
    tasks = []
    for (const task of ending) task()
    return ending.length
  }
  const outbox = new Outbox({
    scheduleTask: (task) => void tasks.push(task),
    flush: () => void endTurn()
  })
  return { outbox, endTurn }
}

const frame = (length: number, fill = 1) => new Uint8Array(length).fill(fill)

/** What goes out until nothing is left. */
const drain = (outbox: Outbox) => {
  const writes: Array<Uint8Array> = []
  while (outbox.hasFrames) {
    writes.push(outbox.take())
    outbox.written()
  }
  return writes
}

/** Whether an effect is done, once everybody else has had a turn. */
const isDone = <A>(fiber: Fiber.Fiber<A>) =>
  Effect.map(Effect.repeat(Effect.yieldNow, { times: 3 }), () => fiber.pollUnsafe() !== undefined)

const fork = <A>(effect: Effect.Effect<A>) => Effect.forkChild(effect, { startImmediately: true })

describe("Outbox", () => {
  const caps: ReadonlyArray<readonly [Kind, number]> = [
    ["Broadcast", OUTBOX_MAX_BYTES - OUTBOX_RESERVE_BYTES],
    ["Direct", OUTBOX_MAX_BYTES]
  ]
  it.each(caps)("takes %s frames up to %i bytes", (kind, cap) => {
    const { outbox } = turned()
    expect(outbox.offer(frame(cap - 10), kind)).toBe(true)
    expect(outbox.offer(frame(11), kind)).toBe(false)
    expect(outbox.offer(frame(10), kind)).toBe(true)
    expect(outbox.offer(frame(1), kind)).toBe(false)
    expect(outbox.bytes).toBe(cap)
    // A direct message's sender is told; a broadcast is only counted.
    expect(outbox.withheld).toBe(kind === "Broadcast" ? 2 : 0)
  })

  it("keeps a reserve that broadcasts can't fill", () => {
    const { outbox } = turned()
    expect(outbox.offer(frame(OUTBOX_MAX_BYTES - OUTBOX_RESERVE_BYTES), "Broadcast")).toBe(true)
    expect(outbox.offer(frame(1), "Broadcast")).toBe(false)
    expect(outbox.offer(frame(OUTBOX_RESERVE_BYTES), "Direct")).toBe(true)
    expect(outbox.offer(frame(1), "Direct")).toBe(false)
  })

  it.each(["Broadcast", "Direct"] as const)("takes a %s of any size when it is empty", (kind) => {
    const { outbox } = turned()
    const large = frame(OUTBOX_MAX_BYTES + 1)
    expect(outbox.offer(large, kind)).toBe(true)
    expect(outbox.offer(frame(1), kind)).toBe(false)
    expect(outbox.take()).toBe(large)
    // Not before the transport has taken it.
    expect(outbox.offer(frame(1), kind)).toBe(false)
    outbox.written()
    expect(outbox.offer(frame(1), kind)).toBe(true)
  })

  it("gives room back when the transport has taken the bytes, not when it is handed them", () => {
    const { outbox } = turned()
    outbox.offer(frame(100), "Direct")
    outbox.offer(frame(50), "Direct")
    expect([outbox.bytes, outbox.isBlocked, outbox.hasFrames]).toEqual([150, false, true])
    outbox.take()
    expect([outbox.bytes, outbox.isBlocked, outbox.hasFrames]).toEqual([150, true, false])
    outbox.offer(frame(7), "Direct")
    expect(outbox.bytes).toBe(157)
    outbox.written()
    expect([outbox.bytes, outbox.isBlocked, outbox.isEmpty]).toEqual([7, false, false])
    expect(outbox.writes).toBe(1)
    drain(outbox)
    expect([outbox.bytes, outbox.isEmpty, outbox.writes]).toEqual([0, true, 2])
  })

  const frames = Arbitrary.array(bytes(1), { minLength: 1 })
  const steps = Arbitrary.array(integers(0, 3))

  it.prop("lets all out, in order, whenever it is emptied", { frames, steps }, (given) => {
    const { outbox } = turned()
    const out: Array<Uint8Array> = []
    for (const [i, each] of given.frames.entries()) {
      expect(outbox.offer(each, i % 2 === 0 ? "Direct" : "Broadcast")).toBe(true)
      if (given.steps[i] === 0) out.push(...drain(outbox))
    }
    out.push(...drain(outbox))
    deepStrictEqual(Bytes.concat(out), Bytes.concat(given.frames))
  })

  it("gathers frames into one write, up to a limit", () => {
    const { outbox } = turned()
    const size = WRITE_GATHER_MAX_BYTES / 4
    for (let i = 1; i <= 10; i++) outbox.offer(frame(size, i), "Direct")
    const writes = drain(outbox)
    expect(writes.map(({ length }) => length / size)).toEqual([4, 4, 2])
    deepStrictEqual(writes[1], Bytes.concat([5, 6, 7, 8].map((fill) => frame(size, fill))))
  })

  it("does not cut a frame for the limit, nor copy one that is alone", () => {
    const { outbox } = turned()
    const large = frame(WRITE_GATHER_MAX_BYTES + 1)
    outbox.offer(frame(WRITE_GATHER_MAX_BYTES - 1), "Direct")
    outbox.offer(large, "Direct")
    outbox.offer(large, "Direct")
    const writes = drain(outbox)
    expect(writes.map(({ length }) => length)).toEqual([
      WRITE_GATHER_MAX_BYTES - 1,
      WRITE_GATHER_MAX_BYTES + 1,
      WRITE_GATHER_MAX_BYTES + 1
    ])
    expect(writes[1]).toBe(large)
    expect(writes[2]).toBe(large)
  })

  it.effect("wakes its writer once, at the end of a turn, for all of it", () =>
    Effect.gen(function* () {
      const { endTurn, outbox } = turned()
      const writer = yield* fork(outbox.awaitFrames)
      for (let i = 0; i < 3; i++) outbox.offer(frame(10), "Broadcast")
      expect(yield* isDone(writer)).toBe(false)
      expect(endTurn()).toBe(1)
      expect(yield* isDone(writer)).toBe(true)
      expect(outbox.take().length).toBe(30)
    })
  )

  it.effect("does not keep a writer waiting that comes when there is something", () =>
    Effect.gen(function* () {
      const { endTurn, outbox } = turned()
      outbox.offer(frame(10), "Direct")
      yield* outbox.awaitFrames
      outbox.take()
      outbox.written()
      // The flush that was scheduled finds nothing, and wakes nobody.
      const writer = yield* fork(outbox.awaitFrames)
      endTurn()
      expect(yield* isDone(writer)).toBe(false)
      outbox.offer(frame(1), "Direct")
      endTurn()
      expect(yield* isDone(writer)).toBe(true)
    })
  )

  it.effect("does not lose frames with a writer that is killed", () =>
    Effect.gen(function* () {
      const { endTurn, outbox } = turned()
      const killed = yield* fork(outbox.awaitFrames)
      yield* Fiber.interrupt(killed)
      outbox.offer(frame(10), "Direct")
      endTurn()
      yield* outbox.awaitFrames
      expect(outbox.take().length).toBe(10)
    })
  )

  it.effect("makes senders wait above its high-water mark, until it is below", () =>
    Effect.gen(function* () {
      const { outbox } = turned()
      outbox.offer(frame(OUTBOX_HIGH_WATER_BYTES - 1), "Direct")
      expect(outbox.isAboveHighWater).toBe(false)
      yield* outbox.awaitRoom
      outbox.offer(frame(1), "Direct")
      expect(outbox.isAboveHighWater).toBe(true)
      const sender = yield* fork(outbox.awaitRoom)
      outbox.take()
      expect(yield* isDone(sender)).toBe(false)
      outbox.written()
      expect(yield* isDone(sender)).toBe(true)
    })
  )

  it.effect("lets senders go on only when it is below, not whenever something leaves", () =>
    Effect.gen(function* () {
      const { outbox } = turned()
      for (let i = 0; i < 3; i++) outbox.offer(frame(OUTBOX_HIGH_WATER_BYTES), "Direct")
      const sender = yield* fork(outbox.awaitRoom)
      for (const done of [false, false, true]) {
        outbox.take()
        outbox.written()
        expect(yield* isDone(sender)).toBe(done)
      }
    })
  )

  it.effect("tells when all of it is with the transport", () =>
    Effect.gen(function* () {
      const { outbox } = turned()
      yield* outbox.awaitEmpty
      outbox.offer(frame(WRITE_GATHER_MAX_BYTES), "Direct")
      outbox.offer(frame(1), "Direct")
      const waiting = yield* fork(outbox.awaitEmpty)
      for (const done of [false, true]) {
        outbox.take()
        expect(yield* isDone(waiting)).toBe(false)
        outbox.written()
        expect(yield* isDone(waiting)).toBe(done)
      }
    })
  )

  it.effect("refuses all when it is closed, and lets go of those who wait", () =>
    Effect.gen(function* () {
      const { endTurn, outbox } = turned()
      outbox.offer(frame(OUTBOX_HIGH_WATER_BYTES), "Direct")
      const waiting = [yield* fork(outbox.awaitRoom), yield* fork(outbox.awaitEmpty)]
      outbox.close()
      for (const fiber of waiting) expect(yield* isDone(fiber)).toBe(true)
      expect([outbox.bytes, outbox.isEmpty, outbox.hasFrames]).toEqual([0, true, false])
      expect(outbox.offer(frame(1), "Direct")).toBe(false)
      expect(outbox.offer(frame(1), "Broadcast")).toBe(false)
      expect(outbox.withheld).toBe(0)
      endTurn()
      expect(outbox.hasFrames).toBe(false)
    })
  )
})

it("lets go of what it has sent, though it is never quite empty", () => {
  const { outbox } = turned()
  const frame = () => new Uint8Array(64 * 1024)
  for (let i = 0; i < 16; i++) outbox.offer(frame(), "Direct")
  const before = process.memoryUsage().arrayBuffers
  for (let round = 0; round < 2000; round++) {
    for (let i = 0; i < 4; i++) outbox.offer(frame(), "Direct")
    outbox.take()
    outbox.written()
  }
  // 512 MiB have gone through it; what is waiting is 1 MiB.
  expect(outbox.bytes).toBe(16 * 64 * 1024)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 1024 * 1024)
})
