/**
 * The course of a run of mesh nodes: they become a network; there is traffic, and faults befall it; then the
 * faults end, and it has to become one network again, in which everybody hears everything; then all stop.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { FRAME_TIMEOUT_MILLIS, HEARTBEAT_INTERVAL_MILLIS } from "../../domain/Limits.ts"
import { bounce, unleash } from "./Chaos.ts"
import type { Broadcast } from "./Broadcasts.ts"
import { exponential, planOf } from "./FaultPlan.ts"
import type { Subject } from "./MeshCast.ts"
import type { MeshHarness } from "./MeshHarness.ts"
import { at } from "./Network.ts"
import { SeededRandom } from "./SeededRandom.ts"
import { Simulation } from "./Simulation.ts"

/** Milliseconds between two looks at whether the network is whole. */
const LOOK_MILLIS = 500
/** Milliseconds in which a broadcast must have reached everybody in a network without faults. */
const DELIVERY_MILLIS = 30_000
/** Milliseconds in which the copies of a broadcast that are still under way arrive. */
export const QUIET_MILLIS = 5_000
/** Milliseconds in which a node must have stopped: twice what it gives its peers, and what it lingers. */
const STOP_MILLIS = 5_000
/**
 * Milliseconds in which an answer must have come to who asked, wherever that is: less than a search for it takes
 * that nobody answers, since somebody always can.
 */
const ANSWER_MILLIS = 4_500
/** Nodes that speak in the last phase at most: each of them to all. */
const SPEAKERS_MAX = 8

/**
 * Characters that a text has at most, from the smallest to the largest; each is ten times rarer than the one
 * before. Those that are compressed take most of a run's time.
 */
const TEXT_CHARS = [64, 300, 5_000, 50_000] as const

const textOf = (random: SeededRandom): string => {
  const rarity = Math.floor(-Math.log10(1 - random.nextDoubleUnsafe()))
  const length = random.below(TEXT_CHARS[Math.min(rarity, TEXT_CHARS.length - 1)] ?? 0)
  const word = random.next().toString(36)
  if (random.chance(0.3)) return word.repeat(Math.ceil(length / word.length))
  const words: Array<string> = []
  for (let chars = 0; chars < length; chars += 7) words.push(random.next().toString(36))
  return words.join(" ")
}

/** Numbers of broadcasts: nothing that a node could guess. */
const NUMBER_LIMIT = 2 ** 31

/** Part of what is said that somebody is asked to answer. */
const ASKING = 0.1

/** Says something; with some probability it asks somebody of the same subnet. */
const speak = (harness: MeshHarness, subject: Subject, random: SeededRandom, asking: number) => {
  const text = textOf(random)
  const number = random.below(NUMBER_LIMIT)
  if (!random.chance(asking)) return harness.broadcast(subject, text, number)
  const { subnet } = subject
  const others = harness.subjects.filter((other) => other !== subject && other.subnet === subnet)
  return harness.broadcast(subject, text, number, random.pick(others))
}

/** Has one node talk, at random times. */
const talk = Effect.fnUntraced(function* (harness: MeshHarness, subject: Subject) {
  const { config, seed, subjects } = harness
  if (config.broadcastsPerSecond === 0) return
  const random = new SeededRandom(seed, `traffic/${subject.name}`)
  const meanMillis = (1_000 * subjects.length) / config.broadcastsPerSecond
  while (true) {
    yield* Effect.sleep(exponential(random, meanMillis))
    // What it can't say, or dies of saying, is nobody's fault here.
    yield* Effect.forkScoped(Effect.ignore(speak(harness, subject, random, ASKING)))
  }
})

/** Waits until the network is whole, and reports what it lacks where that takes too long. */
export const becomeWhole = Effect.fnUntraced(function* (harness: MeshHarness) {
  const { livenessMillis } = harness.config
  const simulation = yield* Simulation
  const untilMillis = simulation.elapsedMillis() + livenessMillis
  while (true) {
    const flaws = harness.flaws()
    if (flaws.length === 0) return
    if (simulation.elapsedMillis() >= untilMillis) {
      for (const { detail, invariant, node } of flaws) {
        harness.report(invariant, node, `after ${livenessMillis} ms without faults: ${detail}`)
      }
      return
    }
    yield* Effect.sleep(LOOK_MILLIS)
  }
})

/** Waits until broadcasts have reached everybody, and reports whom they have not. */
export const reachAll = Effect.fnUntraced(function* (
  harness: MeshHarness,
  broadcasts: ReadonlyArray<Broadcast>
) {
  let waiting = broadcasts
  for (let waited = 0; waited < DELIVERY_MILLIS; waited += LOOK_MILLIS) {
    waiting = waiting.filter((broadcast) => harness.missing(broadcast).length > 0)
    if (waiting.length === 0) return
    yield* Effect.sleep(LOOK_MILLIS)
  }
  for (const broadcast of waiting) {
    const names = harness.missing(broadcast).map(({ name }) => name)
    const detail = `${broadcast.number} has not come to ${names.join(" ")}`
    harness.report("ReachesAll", broadcast.from.name, detail)
  }
})

/** Waits until all who were asked have answered, and reports whose answers have not come. */
const answerAll = Effect.fnUntraced(function* (
  harness: MeshHarness,
  broadcasts: ReadonlyArray<Broadcast>
) {
  const isOpen = ({ answers, asked }: Broadcast) => asked !== undefined && answers === 0
  for (let waited = 0; waited < ANSWER_MILLIS && broadcasts.some(isOpen); waited += LOOK_MILLIS) {
    yield* Effect.sleep(LOOK_MILLIS)
  }
  for (const { asked, from, number } of broadcasts.filter(isOpen)) {
    harness.report("AnswersArrive", from.name, `${asked} has not answered ${number}`)
  }
})

const safety = (harness: MeshHarness) =>
  Effect.scoped(
    Effect.gen(function* () {
      const simulation = yield* Simulation
      const beganMillis = simulation.elapsedMillis()
      const { config, seed, subjects } = harness
      for (const subject of subjects) yield* Effect.forkScoped(talk(harness, subject))
      const nodes = subjects.map(({ name }) => name)
      yield* Effect.forkScoped(unleash(planOf(config, seed, nodes), harness.means))
      yield* at(beganMillis + config.safetyMillis)
    })
  )

/** What the network has done so far, and is like now. */
export interface Totals {
  /** Handshakes that were done. */
  readonly opened: number
  /** Copies of broadcasts that were sent. */
  readonly payloads: number
  /** By subnet, what one broadcast costs by the flood's formula. */
  readonly flood: ReadonlyMap<string, number>
}

/** The sums over all nodes that are up. */
export const totals = ({ subjects }: MeshHarness): Totals => {
  let opened = 0
  let payloads = 0
  const flood = new Map<string, number>()
  for (const { parts, subnet } of subjects) {
    if (parts === undefined) continue
    opened += parts.connections.tally.opened
    payloads += Effect.runSync(parts.mesh.counters).relayed
    // 2L - n + 1: each connection has two ends.
    flood.set(subnet, (flood.get(subnet) ?? 1) + parts.connections.open().length - 1)
  }
  return { opened, payloads, flood }
}

/** Reports broadcasts that have cost more than a flood does. */
const checkCost = (harness: MeshHarness, said: ReadonlyArray<Broadcast>, before: Totals): void => {
  const after = totals(harness)
  // A connection that was made meanwhile is no fault, and makes it hard to tell.
  if (after.opened !== before.opened) return
  const most = said.reduce((sum, { from }) => sum + (after.flood.get(from.subnet) ?? 0), 0)
  const payloads = after.payloads - before.payloads
  if (payloads <= most) return
  const detail = `${said.length} broadcasts cost ${payloads} payloads, and a flood ${most}`
  harness.report("FloodsOnce", null, detail)
}

/** Has a node speak; one that can't is reported. */
const sayNow = Effect.fnUntraced(function* (
  harness: MeshHarness,
  subject: Subject,
  random: SeededRandom,
  asking: number
) {
  const speech = speak(harness, subject, random, asking)
  const spoken = yield* Effect.result(Effect.timeoutOption(speech, DELIVERY_MILLIS))
  if (Result.isFailure(spoken)) {
    harness.report("ReachesAll", subject.name, spoken.failure.message)
  } else if (Option.isNone(spoken.success)) {
    const detail = `it has not got out what it has to say in ${DELIVERY_MILLIS} ms`
    harness.report("ReachesAll", subject.name, detail)
  } else return spoken.success.value
  return undefined
})

/** Has one node speak alone, and reports where something of it has come back. */
const echo = Effect.fnUntraced(function* (harness: MeshHarness, random: SeededRandom) {
  const subject = random.pick(harness.subjects)
  if (subject === undefined) return
  const { opened } = totals(harness)
  const duplicates = () =>
    subject.parts === undefined ? 0 : Effect.runSync(subject.parts.mesh.counters).duplicates
  const before = duplicates()
  const broadcast = yield* sayNow(harness, subject, random, 0)
  if (broadcast === undefined) return
  yield* reachAll(harness, [broadcast])
  yield* Effect.sleep(QUIET_MILLIS)
  // Who has just come may not know yet whom it has it from.
  if (totals(harness).opened !== opened || duplicates() === before) return
  const detail = `${broadcast.number} came back ${duplicates() - before} times to who said it`
  harness.report("FloodsOnce", subject.name, detail)
})

/** Has some nodes speak; whoever can't is reported. */
const lastWords = Effect.fnUntraced(function* (
  harness: MeshHarness,
  random: SeededRandom,
  asking: number
) {
  const { subjects } = harness
  const said: Array<Broadcast> = []
  for (let i = 0; i < Math.min(SPEAKERS_MAX, subjects.length); i++) {
    const subject = random.pick(subjects)
    if (subject === undefined) continue
    const broadcast = yield* sayNow(harness, subject, random, asking)
    if (broadcast !== undefined) said.push(broadcast)
  }
  return said
})

const liveness = Effect.fnUntraced(function* (harness: MeshHarness) {
  const { faults } = yield* Simulation
  const { seed, subjects } = harness
  faults.calm()
  yield* Effect.forEach(subjects, ({ name }) => bounce(name), { concurrency: "unbounded" })
  yield* becomeWhole(harness)
  if (faults.counts.has("flip")) {
    // Where the length of a frame was falsified its reader waits for the rest of it: nobody can tell before the
    // time of a frame is over.
    yield* Effect.sleep(FRAME_TIMEOUT_MILLIS + 2 * HEARTBEAT_INTERVAL_MILLIS)
    yield* becomeWhole(harness)
  }
  if (harness.violations.length > 0) return
  // What was on its way when the faults ended has arrived, or never will.
  yield* Effect.sleep(QUIET_MILLIS)
  const unsettled = harness.unsettled()
  const random = new SeededRandom(seed, "last words")
  yield* echo(harness, random)
  const before = totals(harness)
  const said = yield* lastWords(harness, random, 0)
  yield* reachAll(harness, said)
  // The last copies are on their way when everybody has heard it.
  yield* Effect.sleep(QUIET_MILLIS)
  checkCost(harness, said, before)
  const asked = yield* lastWords(harness, random, 1)
  yield* reachAll(harness, asked)
  yield* answerAll(harness, asked)
  yield* harness.check
  harness.reportUnsettled(unsettled)
})

/** Stops all nodes at once, and reports who takes too long. */
export const stopAll = Effect.fnUntraced(function* (harness: MeshHarness) {
  const simulation = yield* Simulation
  const stop = Effect.fnUntraced(function* (name: string) {
    const ended = yield* Effect.timeoutOption(Effect.ignore(simulation.stop(name)), STOP_MILLIS)
    if (ended._tag === "None") {
      harness.report("StopsInTime", name, `has not stopped within ${STOP_MILLIS} ms`)
    }
  })
  yield* Effect.forEach(simulation.up(), stop, { concurrency: "unbounded" })
})

/** All phases, until the first invariant that does not hold. */
export const all = Effect.fnUntraced(function* (harness: MeshHarness) {
  const simulation = yield* Simulation
  yield* harness.start
  const phases = Effect.gen(function* () {
    yield* becomeWhole(harness)
    yield* safety(harness)
    yield* liveness(harness)
  })
  yield* Effect.raceFirst(phases, Deferred.await(harness.broken))
  simulation.faults.calm()
  yield* stopAll(harness)
})
