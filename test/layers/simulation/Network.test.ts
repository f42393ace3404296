// What a user's own test has at hand: a network of any layers, and ways to wait.

import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as MeshNode from "../../../src/layers/MeshNode.ts"
import * as Network from "../../../src/layers/simulation/Network.ts"
import { simulate, Simulation } from "../../../src/layers/simulation/Simulation.ts"
import { Mesh } from "../../../src/services/Mesh.ts"

/** Mesh nodes, each of which joins the first, and what each has heard. */
const meshNetwork = () => {
  const heard: Array<string> = []
  const network = Network.make({
    layer: (name) =>
      MeshNode.layer({
        subnets: ["mesh"],
        listen: [Network.addressOf(name)],
        join: [Network.addressOf("a")]
      }),
    onStart: ({ lives, name }, context) =>
      Effect.gen(function* () {
        const { takeAll } = yield* Context.get(context, Mesh).subscribe
        const hear = Effect.map(takeAll, (messages) => {
          for (const { payload } of messages) heard.push(`${name}/${lives} ${payload.join(" ")}`)
        })
        yield* Effect.forkScoped(Effect.ignore(Effect.forever(hear)))
      })
  })
  return { network, heard }
}

const say = (network: ReturnType<typeof meshNetwork>["network"], name: string, text: string) =>
  network.use(name, Mesh, (mesh) => mesh.broadcast([text]))

describe("a network", () => {
  it.effect("settles when all has arrived, long before the next heartbeat", () =>
    simulate(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        const { heard, network } = meshNetwork()
        for (const name of ["a", "b", "c"]) yield* network.start(name)
        yield* simulation.settle()
        const settledMillis = simulation.elapsedMillis()
        yield* say(network, "a", "hello")
        yield* simulation.settle()
        expect(heard.toSorted()).toEqual(["b/1 hello", "c/1 hello"])
        expect(settledMillis).toBeGreaterThan(0)
        expect(simulation.elapsedMillis()).toBeLessThan(5_000)
      }),
      { seed: 1 }
    )
  )

  it.effect("settles without what a fault holds back", () =>
    simulate(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        const { heard, network } = meshNetwork()
        for (const name of ["a", "b"]) yield* network.start(name)
        yield* simulation.settle()
        simulation.faults.hold("a", "b")
        yield* say(network, "a", "hello")
        yield* simulation.settle()
        expect(heard).toEqual([])
        simulation.faults.release("a", "b")
        yield* simulation.settle()
        expect(heard).toEqual(["b/1 hello"])
      }),
      { seed: 1 }
    )
  )

  it.effect("that does not settle says so", () =>
    simulate(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        const restless = Layer.effectDiscard(Effect.forkScoped(Effect.forever(Effect.sleep(100))))
        yield* simulation.node("a", restless)
        const error = yield* Effect.flip(simulation.settle(5_000))
        expect(error.message).toBe("not at rest within 5000 ms: 1 things are under way")
        expect(simulation.elapsedMillis()).toBe(5_000)
      }),
      { seed: 1 }
    )
  )

  it.effect("knows each node in its present life", () =>
    simulate(
      Effect.gen(function* () {
        const simulation = yield* Simulation
        const { heard, network } = meshNetwork()
        for (const name of ["a", "b"]) yield* network.start(name)
        yield* simulation.settle()
        const before = yield* network.get("b", Mesh)
        yield* simulation.crash("b")
        yield* Effect.sleep(1)
        const down = yield* Effect.flip(network.get("b", Mesh))
        expect([down.reason, network.members.get("b")?.context]).toEqual(["Down", undefined])
        yield* simulation.bounce("b")
        yield* simulation.settle()
        const after = yield* network.get("b", Mesh)
        expect([Object.is(after, before), after.id === before.id]).toEqual([false, true])
        yield* say(network, "a", "again")
        yield* simulation.settle()
        expect(heard).toEqual(["b/2 again"])
        expect((yield* Effect.flip(network.get("z", Mesh))).reason).toBe("Unknown")
      }),
      { seed: 1 }
    )
  )

  it.effect("is used as its nodes do things: by their clocks, and not while they are paused", () =>
    simulate(
      Effect.gen(function* () {
        const { elapsedMillis, faults, inside, node, stop } = yield* Simulation
        yield* node("a", Layer.empty)
        const skew = Effect.clockWith((own) =>
          Effect.map(Clock.Clock, (clock) => (own === clock ? own.currentTimeMillisUnsafe() : 0))
        )
        const before = yield* inside("a", skew)
        faults.stepClock("a", 7_000)
        expect((yield* inside("a", skew)) - before).toBe(7_000)
        faults.pause("a")
        const late = yield* Effect.forkChild(inside("a", Effect.sync(elapsedMillis)))
        yield* Effect.sleep(500)
        faults.resume("a")
        yield* Effect.sleep(1)
        expect(late.pollUnsafe()).toMatchObject({ _tag: "Success", value: 500 })
        const endless = yield* Effect.forkChild(inside("a", Effect.never))
        yield* Effect.sleep(1)
        yield* stop("a")
        yield* Effect.sleep(1)
        expect(endless.pollUnsafe()?._tag).toBe("Failure")
      }),
      { seed: 1 }
    )
  )

  it.effect("waits until something holds, and for a time", () =>
    simulate(
      Effect.gen(function* () {
        const { elapsedMillis } = yield* Simulation
        yield* Network.at(1_000)
        yield* Network.at(400)
        expect(elapsedMillis()).toBe(1_000)
        yield* Network.until("two seconds", () => elapsedMillis() >= 2_000)
        expect(elapsedMillis()).toBe(2_000)
        const error = yield* Effect.flip(Network.until("never", () => false, 300))
        expect(error.message).toBe("not seen within 300 ms: never")
      }),
      { seed: 1 }
    )
  )
})
