/**
 * Scenarios: what a network goes through, by name, with a configuration that can be changed; and how to run one.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import { planOf, ratesOf } from "./FaultPlan.ts"
import { MeshHarness, type NodeOptions } from "./MeshHarness.ts"
import type { ScenarioResult } from "./ScenarioResult.ts"
import type { ScenarioConfig } from "./ScenarioConfig.ts"
import { type Options, type Outcome, run, type Simulation } from "./Simulation.ts"

export interface Scenario {
  readonly name: string
  /** In one sentence. */
  readonly description: string
  /** What it is run with, unless somebody wants something else. */
  readonly config: ScenarioConfig
  /** Options of its nodes. */
  readonly node?: NodeOptions | undefined
  readonly program: (harness: MeshHarness) => Effect.Effect<void, unknown, Simulation | Scope.Scope>
}

/** How it is run; nothing of it may change what comes of it. */
export interface RunOptions extends Pick<Options, "hasher" | "compressor" | "onEvent" | "onSent"> {
  /** Is told after each step of time: to look at the nodes, which it must leave as they are. */
  readonly onLook?: ((harness: MeshHarness) => void) | undefined
}

/** Probability that what is written at once arrives in pieces, as it does where packets are small. */
const CUTTING = 0.1

/** Virtual milliseconds beside its phases that a run may take at most: what each of them waits for, and more. */
const MARGIN_MILLIS = 600_000

/** What is wrong with how a run has ended. */
const examine = (harness: MeshHarness, outcome: Outcome<void, unknown>): void => {
  const { exit, leftOver } = outcome
  if (Exit.isFailure(exit)) harness.report("ProgramEnds", null, Cause.pretty(exit.cause))
  // One that was broken off leaves what it leaves.
  if (harness.violations.length > 0) return
  if (harness.connected > 0) {
    harness.report("NothingLeft", null, `${harness.connected} connections are open`)
  }
  if (leftOver > 0) harness.report("NothingLeft", null, `${leftOver} fibers sleep`)
  for (const [name, actors] of harness.leftActors()) {
    harness.report("NothingLeft", name, `actors are left: ${actors.join(" ")}`)
  }
}

/** Runs a scenario to its end. Equal arguments give equal results. */
export const runScenario = (
  scenario: Scenario,
  config: ScenarioConfig,
  seed: number | string,
  options: RunOptions = {}
): ScenarioResult => {
  const harness = new MeshHarness(config, seed, scenario.node)
  const { onEvent, onLook, ...rest } = options
  const program = scenario
    .program(harness)
    .pipe(
      Effect.provideService(References.MinimumLogLevel, "Warn"),
      Effect.provide(Logger.layer([harness.logger]))
    )
  const outcome = run(program, {
    ...rest,
    seed,
    cutting: CUTTING,
    untilMillis: config.safetyMillis + 2 * config.livenessMillis + MARGIN_MILLIS,
    onDial: (from, to) => harness.onDial(from, to),
    onEvent: (event, hash) => {
      harness.onEvent(event)
      onEvent?.(event, hash)
    },
    onStep: () => {
      harness.onStep()
      onLook?.(harness)
    }
  })
  examine(harness, outcome)
  return {
    scenario: scenario.name,
    seed,
    config: { ...config, isSwarm: false, faultsPerMinute: ratesOf(config, seed) },
    trace: outcome.trace,
    events: outcome.events,
    elapsedMillis: outcome.elapsedMillis,
    faults: Object.fromEntries(outcome.faults),
    planned: planOf(
      config,
      seed,
      harness.subjects.map(({ name }) => name)
    ).map(({ id }) => id),
    sometimes: harness.sometimes.table,
    counters: {
      broadcasts: harness.broadcasts.size,
      deliveries: harness.broadcasts.deliveries,
      ...Object.fromEntries(harness.sums)
    },
    violations: harness.violations
  }
}
