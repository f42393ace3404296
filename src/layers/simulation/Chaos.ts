/**
 * Lets planned faults befall a network: each one at its time, with details of its own drawn by its id, and ended
 * after a while where it lasts.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { exponential, type PlannedFault } from "./FaultPlan.ts"
import { at } from "./Network.ts"
import type { SeededRandom } from "./SeededRandom.ts"
import { Simulation } from "./Simulation.ts"

/** How long things last on the average, in milliseconds: long enough for time limits to run out now and then. */
const PARTITION_MILLIS = 20_000
const STALL_MILLIS = 4_000
const FLIPPING_MILLIS = 5_000
const SWALLOWING_MILLIS = 8_000
const SLOW_MILLIS = 15_000
const DOWN_MILLIS = 6_000
const PAUSE_MILLIS = 6_000

/**
 * Milliseconds that a clock may be wrong at most, either way. A node's broadcasts die within a minute by
 * others' clocks: beyond that it is mute, and meant to be.
 */
const SKEW_MAX_MILLIS = 20_000
/** A bad crystal's drift, times ten. */
const DRIFT_MAX_PER_MILLION = 1_000

const READING_MIN_BYTES = 512
const READING_MAX_BYTES = 65_536
const FLIPPING_MAX = 0.2
const FAILING_WRITES_MAX = 5
const WRITE_MAX_MILLIS = 500

/** Milliseconds until a node that did not start is tried again. */
const RETRY_MILLIS = 1_000

/** What a fault does that only the network under test knows how. */
export interface Means {
  /** Kills one of a node's actors, chosen by a draw; false where it is spared. */
  readonly killActor: (node: string, random: SeededRandom) => Effect.Effect<boolean>
}

type Course = Effect.Effect<void, never, Simulation>

/** Starts a node that is down, and tries again until it starts. */
export const bounce = (node: string): Course =>
  Effect.gen(function* () {
    const simulation = yield* Simulation
    while (!simulation.isUp(node)) {
      yield* Effect.catchTag(simulation.bounce(node), "RestartError", () =>
        Effect.sleep(RETRY_MILLIS)
      )
    }
    // Somebody else has started it, or it never was.
  }).pipe(Effect.catchTag("NoSuchNodeError", () => Effect.void))

/** Does one fault from its beginning to its end. */
const course = Effect.fnUntraced(function* (fault: PlannedFault, means: Means) {
  const simulation = yield* Simulation
  const { faults } = simulation
  const { node } = fault
  const random = simulation.random(`chaos/${fault.id}`)
  const lasting = (mean: number) => Effect.sleep(Math.ceil(exponential(random, mean)))

  /** One of those that it has a connection with. */
  const neighbour = () => {
    const hosts = new Set<string>()
    for (const { from, to } of simulation.connections()) {
      if (from.host === node) hosts.add(to.host)
      else if (to.host === node) hosts.add(from.host)
    }
    return random.pick([...hosts])
  }

  switch (fault.kind) {
    case "partition": {
      const others = simulation.up().filter((name) => name !== node)
      const share = random.nextDoubleUnsafe()
      const left = [node, ...others.filter(() => random.chance(share))]
      const rest = others.filter((name) => !left.includes(name))
      const kind = random.nextDoubleUnsafe()
      const right = kind < 0.7 ? rest : rest.filter(() => random.chance(0.5))
      const repair = faults.partition(left, right, { oneWay: kind > 0.4 && kind < 0.8 })
      yield* lasting(PARTITION_MILLIS)
      return repair()
    }
    case "stall": {
      const other = neighbour()
      if (other === undefined) return
      return faults.stall(node, other, Math.ceil(exponential(random, STALL_MILLIS)))
    }
    case "hold": {
      const other = neighbour()
      if (other === undefined) return
      faults.hold(node, other)
      yield* lasting(STALL_MILLIS)
      return faults.release(node, other)
    }
    case "reset": {
      const other = neighbour()
      if (other !== undefined) faults.reset(node, other)
      return
    }
    case "halfOpen": {
      const other = neighbour()
      if (other === undefined) return
      faults.halfOpen(node, other)
      if (random.chance(0.5)) return
      // So is what they make of it anew.
      faults.swallow(node, other, true)
      faults.reset(node, other)
      yield* lasting(SWALLOWING_MILLIS)
      return faults.swallow(node, other, false)
    }
    case "flipBits": {
      const other = neighbour()
      if (other === undefined) return
      faults.flipBits(random.nextDoubleUnsafe() * FLIPPING_MAX, node, other)
      yield* lasting(FLIPPING_MILLIS)
      return faults.flipBits(0, node, other)
    }
    case "slowReader": {
      const speed = READING_MIN_BYTES + random.below(READING_MAX_BYTES)
      faults.slowReader(node, speed)
      yield* lasting(SLOW_MILLIS)
      return faults.slowReader(node, undefined)
    }
    case "crash": {
      const torn = random.chance(0.5)
      yield* simulation.crash(node, { torn })
      yield* lasting(DOWN_MILLIS)
      return yield* bounce(node)
    }
    case "stop": {
      yield* simulation.stop(node)
      yield* lasting(DOWN_MILLIS)
      return yield* bounce(node)
    }
    case "pause": {
      faults.pause(node)
      yield* lasting(PAUSE_MILLIS)
      return faults.resume(node)
    }
    case "stepClock": {
      const skewMillis = Math.round((random.nextDoubleUnsafe() * 2 - 1) * SKEW_MAX_MILLIS)
      return faults.stepClock(node, Math.round(skewMillis - faults.skewMillis(node)))
    }
    case "driftClock": {
      const drift = Math.round((random.nextDoubleUnsafe() * 2 - 1) * DRIFT_MAX_PER_MILLION)
      return faults.driftClock(node, drift)
    }
    case "failWrites":
      return faults.failWrites(node, 1 + random.below(FAILING_WRITES_MAX))
    case "slowDisk": {
      faults.slowDisk(node, 1 + random.below(WRITE_MAX_MILLIS))
      yield* lasting(SLOW_MILLIS)
      return faults.slowDisk(node, 0)
    }
    case "killActor":
      yield* means.killActor(node, random)
  }
})

/**
 * Has all faults of a plan happen, at their times from now on. Ends with the last one's beginning; what lasts
 * is ended with the scope, or by `Faults.calm`. What befalls a node that is down already does not happen.
 */
export const unleash = (
  plan: ReadonlyArray<PlannedFault>,
  means: Means
): Effect.Effect<void, never, Simulation | Scope.Scope> =>
  Effect.gen(function* () {
    const simulation = yield* Simulation
    const beganMillis = simulation.elapsedMillis()
    for (const fault of plan) {
      yield* at(beganMillis + fault.atMillis)
      if (!simulation.isUp(fault.node)) continue
      yield* Effect.forkScoped(
        Effect.catchTag(course(fault, means), "NoSuchNodeError", () => Effect.void)
      )
    }
  })
