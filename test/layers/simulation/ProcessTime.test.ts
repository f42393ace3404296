import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ProcessTime, VirtualTime } from "../../../src/layers/simulation/VirtualTime.ts"

/** A process that notes what its clock shows whenever it wakes. */
const make = () => {
  const time = new VirtualTime()
  const own = new ProcessTime(time)
  const woken: Array<number> = []
  const start = time.nowMillis
  const sleep = (millis: number) =>
    Effect.runFork(
      Effect.map(own.clock.sleep(Duration.millis(millis)), () =>
        woken.push(time.nowMillis - start)
      ),
      { scheduler: own }
    )
  const shown = () => own.clock.currentTimeMillisUnsafe() - start
  const runOut = () => {
    do time.drain()
    while (time.step())
  }
  return { time, own, woken, sleep, shown, runOut }
}

describe("VirtualTime", () => {
  it("wakes sleepers in the order of their times, and then of their sleeps", () => {
    const time = new VirtualTime()
    const order: Array<string> = []
    time.schedule(20, () => order.push("c"))
    time.schedule(10, () => order.push("a"))
    time.schedule(20, () => order.push("d"))
    time.schedule(10, () => order.push("b"))
    while (time.step());
    expect(order).toEqual(["a", "b", "c", "d"])
  })

  it("counts who sleeps, and who for a short while only, until they wake or are interrupted", () => {
    const { own, runOut, sleep, time } = make()
    sleep(10)
    const long = sleep(5_000)
    time.drain()
    expect([time.sleepers, time.brief]).toEqual([2, 1])
    long.interruptUnsafe()
    time.drain()
    expect([time.sleepers, time.brief]).toEqual([1, 1])
    runOut()
    expect([time.sleepers, time.brief, own.nowMillis - time.nowMillis]).toEqual([0, 0, 0])
  })

  it("does not let time pass for a sleep that was interrupted", () => {
    const { runOut, sleep, time } = make()
    const start = time.nowMillis
    const fiber = sleep(500)
    time.drain()
    fiber.interruptUnsafe()
    runOut()
    expect(time.nowMillis).toBe(start)
  })
})

describe("a process's clock", () => {
  it("is set forward and back without moving its sleeps", () => {
    const { own, runOut, shown, sleep, woken } = make()
    sleep(100)
    own.step(5_000)
    expect(shown()).toBe(5_000)
    runOut()
    expect(woken).toEqual([100])
    own.step(-6_000)
    expect([shown(), own.skewMillis]).toEqual([-900, -1_000])
  })

  it("runs fast by parts in a million, and so do sleeps from then on", () => {
    const { own, runOut, shown, sleep, woken } = make()
    own.drift(250_000)
    sleep(1_000)
    runOut()
    expect(woken).toEqual([800])
    expect(shown()).toBe(1_000)
  })

  it("is right again once it is set right", () => {
    const { own, runOut, shown, sleep, time } = make()
    own.drift(-500_000)
    own.step(300)
    sleep(1_000)
    runOut()
    own.setRight()
    const before = shown()
    sleep(1_000)
    runOut()
    expect(own.nowMillis).toBe(time.nowMillis)
    expect(shown() - before).toBe(1_000)
  })
})

describe("a process that is paused", () => {
  it("does nothing until it is resumed, and then all that was due, in order", () => {
    const { own, runOut, sleep, time, woken } = make()
    sleep(10)
    sleep(20)
    time.schedule(15, () => own.pause())
    time.schedule(500, () => own.resume())
    sleep(600)
    runOut()
    expect(woken).toEqual([10, 500, 600])
  })
})
