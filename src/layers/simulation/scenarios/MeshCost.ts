/**
 * What one broadcast costs: payloads sent, beside what the flood's formula says.
 *
 * With L connections among n nodes each node passes a broadcast on by all its connections but the one that it
 * came by, and its maker by all: 2L - n + 1 payloads, which is (2l - 1) n + 1 with l = L / n outgoing
 * connections a node. What is saved besides: nobody sends it to its maker.
 *
 * Source: the 0.7 wire protocol, "Mesh".
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { MeshHarness } from "../MeshHarness.ts"
import * as MeshPhases from "../MeshPhases.ts"
import type { Scenario } from "../Scenario.ts"
import { SeededRandom } from "../SeededRandom.ts"
import { Simulation } from "../Simulation.ts"

/** Waits until every node has the connections that it seeks. */
const grow = Effect.fnUntraced(function* (harness: MeshHarness) {
  const simulation = yield* Simulation
  const untilMillis = simulation.elapsedMillis() + harness.config.livenessMillis
  for (let before = -1; simulation.elapsedMillis() < untilMillis;) {
    const { opened } = MeshPhases.totals(harness)
    if (opened === before) return
    before = opened
    yield* Effect.sleep(MeshPhases.QUIET_MILLIS)
  }
})

const measure = Effect.fnUntraced(function* (harness: MeshHarness) {
  const { seed, subjects, sums } = harness
  yield* harness.start
  yield* MeshPhases.becomeWhole(harness)
  yield* grow(harness)
  const before = MeshPhases.totals(harness)
  const random = new SeededRandom(seed, "speaker")
  const subject = random.pick(subjects)
  const said = subject && (yield* harness.broadcast(subject, "to everybody", random.next()))
  if (said !== undefined) yield* MeshPhases.reachAll(harness, [said])
  // The last copies are duplicates, and on their way when everybody has heard it.
  yield* Effect.sleep(MeshPhases.QUIET_MILLIS)
  const { flood, payloads } = MeshPhases.totals(harness)
  const [formula = 0] = flood.values()
  sums.set("payloads", payloads - before.payloads)
  sums.set("formula", formula)
  sums.set("linksPerNode", (formula - 1 + subjects.length) / 2 / subjects.length)
  yield* MeshPhases.stopAll(harness)
})

export const cost: Scenario = {
  name: "mesh-cost",
  description: "One broadcast, and the payloads that are sent for it, beside the flood's formula.",
  config: {
    nodes: 100,
    outsiders: 0,
    outgoing: 4,
    broadcastsPerSecond: 0,
    safetyMillis: 0,
    livenessMillis: 120_000,
    faultsPerMinute: {},
    isSwarm: false
  },
  program: measure
}
