// Each fault by itself, on a bare connection or a bare process: it does what it says, until it is ended.

import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { addressOf } from "../../../src/layers/simulation/Network.ts"
import { simulate, Simulation } from "../../../src/layers/simulation/Simulation.ts"
import { Transports } from "../../../src/services/Transport.ts"
import { joined, readAll } from "../../suites/Streams.ts"

const LATENCY_MILLIS = 10

const inTime = <A, E>(program: Effect.Effect<A, E, Simulation | Scope.Scope>) =>
  simulate(program, { seed: 1, latency: { _tag: "Fixed", millis: LATENCY_MILLIS } })

/** A connection from b to a, with both ends read. */
const pair = Effect.gen(function* () {
  const { far, near, simulation } = yield* joined("a", "b")
  const atA = yield* readAll(near)
  const atB = yield* readAll(far)
  const say = (end: typeof far, number: number) => end.write(Uint8Array.of(number))
  return { a: near, b: far, atA, atB, say, simulation, faults: simulation.faults }
})

const values = ({ pieces }: { readonly pieces: ReadonlyArray<{ readonly bytes: Uint8Array }> }) =>
  pieces.flatMap(({ bytes }) => [...bytes])

describe("partition", () => {
  it.effect("holds back both ways; repaired, all arrives in order", () =>
    inTime(
      Effect.gen(function* () {
        const { a, atA, atB, b, faults, say } = yield* pair
        faults.partition(["a"], ["b"])
        yield* say(a, 1)
        yield* say(b, 2)
        yield* say(b, 3)
        yield* Effect.sleep(5_000)
        expect([values(atA), values(atB)]).toEqual([[], []])
        faults.repair()
        yield* Effect.sleep(LATENCY_MILLIS)
        expect([values(atA), values(atB)]).toEqual([[2, 3], [1]])
      })
    )
  )

  it.effect("holds back one way only where it is told to", () =>
    inTime(
      Effect.gen(function* () {
        const { a, atA, atB, b, faults, say } = yield* pair
        faults.partition(["a"], ["b"], { oneWay: true })
        yield* say(a, 1)
        yield* say(b, 2)
        yield* Effect.sleep(5_000)
        expect([values(atA), values(atB)]).toEqual([[2], []])
      })
    )
  )

  it.effect("is taken back one by one", () =>
    inTime(
      Effect.gen(function* () {
        const { atA, b, faults, say } = yield* pair
        const first = faults.partition(["a"], ["b"])
        const second = faults.partition(["b"], ["a"], { oneWay: true })
        yield* say(b, 1)
        first()
        first()
        yield* Effect.sleep(1_000)
        expect([values(atA), faults.isCalm]).toEqual([[], false])
        second()
        yield* Effect.sleep(1_000)
        expect([values(atA), faults.isCalm]).toEqual([[1], true])
        expect(faults.counts.get("repair")).toBe(2)
      })
    )
  )

  it.effect("lets no dial through until it is repaired", () =>
    inTime(
      Effect.gen(function* () {
        const { faults, simulation } = yield* pair
        faults.partition(["c"], ["a"])
        const dial = yield* Effect.forkChild(simulation.transport("c").dial(addressOf("a")))
        yield* Effect.sleep(5_000)
        expect(dial.pollUnsafe()).toBe(undefined)
        faults.repair()
        yield* Effect.sleep(1)
        expect(dial.pollUnsafe()?._tag).toBe("Success")
      })
    )
  )
})

describe("hold and release", () => {
  it.effect("holds one way, and as often as it was held it is to be released", () =>
    inTime(
      Effect.gen(function* () {
        const { a, atA, atB, b, faults, say } = yield* pair
        faults.hold("b", "a")
        faults.hold("b", "a")
        yield* say(a, 1)
        yield* say(b, 2)
        faults.release("b", "a")
        yield* Effect.sleep(1_000)
        expect([values(atA), values(atB)]).toEqual([[], [1]])
        faults.release("b", "a")
        yield* Effect.sleep(1_000)
        expect(values(atA)).toEqual([2])
      })
    )
  )
})

describe("stall", () => {
  it.effect("lasts as long as it is told to", () =>
    inTime(
      Effect.gen(function* () {
        const { atA, b, faults, say } = yield* pair
        faults.stall("a", "b", 700)
        yield* say(b, 1)
        yield* Effect.sleep(700)
        expect(values(atA)).toEqual([])
        yield* Effect.sleep(LATENCY_MILLIS)
        expect(values(atA)).toEqual([1])
      })
    )
  )

  it.effect("that a calm has ended releases nothing that is held after it", () =>
    inTime(
      Effect.gen(function* () {
        const { atA, b, faults, say } = yield* pair
        faults.stall("a", "b", 700)
        faults.calm()
        faults.hold("b", "a")
        yield* say(b, 1)
        yield* Effect.sleep(2_000)
        expect(values(atA)).toEqual([])
      })
    )
  )
})

describe("reset", () => {
  it.effect("breaks both ends at once, and what was under way is lost", () =>
    inTime(
      Effect.gen(function* () {
        const { atA, atB, b, faults, say } = yield* pair
        yield* say(b, 1)
        faults.reset("a", "b")
        yield* Effect.sleep(1)
        expect([atA.end, atB.end]).toEqual(["Read", "Read"])
        yield* Effect.sleep(1_000)
        expect(values(atA)).toEqual([])
      })
    )
  )
})

describe("halfOpen", () => {
  it.effect("loses what the one sends, for ever, and tells nobody", () =>
    inTime(
      Effect.gen(function* () {
        const { a, atA, atB, b, faults, say, simulation } = yield* pair
        faults.halfOpen("b", "a")
        yield* say(a, 1)
        yield* say(b, 2)
        yield* Effect.sleep(100_000)
        faults.calm()
        yield* Effect.sleep(100_000)
        expect([values(atA), values(atB), atA.end, atB.end]).toEqual([[], [1], "", ""])
        expect(simulation.halfOpen()).toHaveLength(1)
      })
    )
  )
})

describe("swallow", () => {
  it.effect("has what is dialled meanwhile be half open from the start, and nothing else", () =>
    inTime(
      Effect.gen(function* () {
        const { atA, b, faults, say, simulation } = yield* pair
        faults.swallow("c", "d", true)
        faults.swallow("b", "a", true)
        yield* say(b, 1)
        const lost = yield* joined("c", "d")
        const atC = yield* readAll(lost.near)
        const atD = yield* readAll(lost.far)
        yield* lost.near.write(Uint8Array.of(2))
        yield* lost.far.write(Uint8Array.of(3))
        yield* Effect.sleep(1_000)
        expect([atA, atC, atD].map(values)).toEqual([[1], [3], []])
        expect(simulation.halfOpen()).toHaveLength(1)
        expect(faults.isCalm).toBe(false)
        faults.calm()
        const found = yield* joined("e", "f")
        const atE = yield* readAll(found.near)
        yield* found.far.write(Uint8Array.of(4))
        yield* Effect.sleep(1_000)
        expect([values(atE), faults.isCalm]).toEqual([[4], true])
      })
    )
  )
})

describe("flipBits", () => {
  it.effect("flips one bit of each piece it falls on, and none once it is ended", () =>
    inTime(
      Effect.gen(function* () {
        const { atA, atB, a, b, faults } = yield* pair
        faults.flipBits(1, "b", "a")
        yield* b.write(new Uint8Array(100))
        yield* a.write(new Uint8Array(100))
        yield* Effect.sleep(100)
        const ones = (bytes: ReadonlyArray<number>) =>
          bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0)
        expect([ones(values(atA)), ones(values(atB))]).toEqual([1, 0])
        faults.flipBits(0, "b", "a")
        yield* b.write(new Uint8Array(100))
        yield* Effect.sleep(100)
        expect(ones(values(atA))).toBe(1)
        expect(faults.counts.get("flip")).toBe(1)
      })
    )
  )
})

describe("slowReader", () => {
  it.effect("takes so many bytes a second, until it is ended", () =>
    inTime(
      Effect.gen(function* () {
        const { atA, b, faults } = yield* pair
        faults.slowReader("a", 100)
        yield* b.write(new Uint8Array(50))
        yield* b.write(new Uint8Array(50))
        faults.slowReader("a", undefined)
        yield* b.write(new Uint8Array(50))
        yield* Effect.sleep(10_000)
        expect(atA.pieces.map(({ afterMillis }) => afterMillis)).toEqual([510, 1_010, 1_010])
      })
    )
  )
})

/** A process that notes each second, by its own clock, what the clock shows. */
const ticking = (shown: Array<number>) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const began = clock.currentTimeMillisUnsafe()
      yield* Effect.forkScoped(
        Effect.forever(
          Effect.andThen(
            Effect.sleep(1_000),
            Effect.sync(() => shown.push(clock.currentTimeMillisUnsafe() - began))
          )
        )
      )
    })
  )

describe("faults of a process", () => {
  it.effect("pause and resume: its timers are late", () =>
    inTime(
      Effect.gen(function* () {
        const { faults, node } = yield* Simulation
        const shown: Array<number> = []
        yield* node("a", ticking(shown))
        yield* Effect.sleep(1_500)
        faults.pause("a")
        expect(faults.isPaused("a")).toBe(true)
        yield* Effect.sleep(3_000)
        faults.resume("a")
        yield* Effect.sleep(1_200)
        expect(shown).toEqual([1_000, 4_500, 5_500])
      })
    )
  )

  it.effect("step and drift: its clock is wrong, and nobody else's", () =>
    inTime(
      Effect.gen(function* () {
        const { faults, node } = yield* Simulation
        const shown: Array<number> = []
        const others: Array<number> = []
        yield* node("a", ticking(shown))
        yield* node("b", ticking(others))
        faults.stepClock("a", 60_000)
        yield* Effect.sleep(1_500)
        faults.driftClock("a", 1_000_000)
        expect(faults.skewMillis("a")).toBe(60_000)
        yield* Effect.sleep(1_200)
        faults.calm()
        expect(faults.skewMillis("a")).toBe(0)
        // Half a second that was slept by the right clock, at double speed since then.
        expect(shown).toEqual([61_000, 62_500, 63_500])
        expect(others).toEqual([1_000, 2_000])
      })
    )
  )
})

/** A process that says when it begins and ends, and draws a number. */
const living = (told: Array<string>) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      told.push(`up ${yield* Random.nextIntBetween(0, 1_000_000)}`)
      yield* Effect.addFinalizer(() => Effect.sync(() => told.push("down")))
    })
  )

describe("the life of a process", () => {
  it.effect("crash and bounce", () =>
    inTime(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        const told: Array<string> = []
        yield* simulation.node("a", living(told))
        yield* simulation.crash("a")
        expect(simulation.up()).toEqual([])
        expect((yield* Effect.flip(simulation.crash("a"))).reason).toBe("Down")
        expect((yield* Effect.flip(simulation.bounce("b"))).message).toBe(
          'node "b" has never begun'
        )
        yield* Effect.sleep(1)
        yield* simulation.bounce("a")
        const again = yield* Effect.flip(simulation.bounce("a"))
        expect(again.message).toBe('node "a" is up already')
        expect(told.map((text) => text.split(" ")[0])).toEqual(["up", "down", "up"])
        expect(told[0]).not.toBe(told[2])
      })
    )
  )

  it.effect("a crash breaks its connections without a word", () =>
    inTime(
      Effect.gen(function* () {
        const { crash, node, transport } = yield* Simulation
        const listener = yield* transport("a").listen(addressOf("a"))
        const dialling = Layer.effectDiscard(
          Effect.gen(function* () {
            const { all } = yield* Transports
            const duplex = yield* Effect.orDie(
              Effect.fromNullishOr(all[0]).pipe(Effect.flatMap((own) => own.dial(addressOf("a"))))
            )
            yield* Effect.addFinalizer(() => Effect.ignore(duplex.write(Uint8Array.of(1))))
          })
        )
        yield* node("b", dialling)
        const read = yield* readAll(yield* listener.accept)
        yield* crash("b")
        yield* Effect.sleep(LATENCY_MILLIS + 1)
        expect([read.end, read.pieces]).toEqual(["Read", []])
      })
    )
  )

  it.effect("a node that does not start again says why, and may be tried again", () =>
    inTime(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        let isBroken = false
        const layer = Layer.effectDiscard(
          Effect.suspend(() => (isBroken ? Effect.fail(new Error("no disk")) : Effect.void))
        )
        yield* simulation.node("a", layer)
        yield* simulation.stop("a")
        isBroken = true
        const error = yield* Effect.flip(simulation.bounce("a"))
        expect(error.message).toBe('node "a" did not start again: Error: no disk')
        expect(simulation.isUp("a")).toBe(false)
        isBroken = false
        yield* simulation.bounce("a")
        expect(simulation.isUp("a")).toBe(true)
      })
    )
  )

  it.effect("a node that crashes as it starts is down, and starts again", () =>
    inTime(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        const slow = Layer.effectDiscard(Effect.sleep(1_000))
        const starting = yield* Effect.forkChild(Effect.flip(simulation.node("a", slow)))
        yield* Effect.sleep(500)
        yield* simulation.crash("a")
        yield* Effect.sleep(1)
        expect(starting.pollUnsafe()?._tag).toBe("Success")
        yield* simulation.bounce("a")
        expect([simulation.isUp("a"), simulation.elapsedMillis()]).toEqual([true, 1_501])
      })
    )
  )
})
