/**
 * From a configuration that breaks an invariant to the smallest one found that still does: fewer nodes, fewer
 * faults, less time.
 *
 * Source: delta debugging, A. Zeller and R. Hildebrandt, "Simplifying and isolating failure-inducing input",
 * IEEE TSE 28(2), 2002, in a plain form: parts are left out, half first, then smaller ones.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { ScenarioConfig } from "../../layers/simulation/ScenarioConfig.ts"
import type { ScenarioResult } from "../../layers/simulation/ScenarioResult.ts"

/** Runs that a search may take: what is not found by then is small enough. */
export const SHRINK_RUNS_MAX = 120

/** Runs a configuration, with the seed that has failed. */
export type Try<E> = (config: ScenarioConfig) => Effect.Effect<ScenarioResult, E>

/** What it came to. */
export interface Shrunk {
  readonly result: ScenarioResult
  readonly runs: number
}

/** Smaller configurations, the boldest first. */
const smaller = ({ config, planned }: ScenarioResult): ReadonlyArray<ScenarioConfig> => {
  const candidates: Array<ScenarioConfig> = []
  const faults = config.only ?? planned
  for (let size = faults.length; size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < faults.length; at += size) {
      candidates.push({ ...config, only: faults.filter((_, i) => i < at || i >= at + size) })
    }
  }
  for (const nodes of [Math.ceil(config.nodes / 2), config.nodes - 1]) {
    if (nodes >= 2 && nodes < config.nodes) candidates.push({ ...config, nodes })
  }
  if (config.outsiders > 0) candidates.push({ ...config, outsiders: 0 })
  const safetyMillis = Math.floor(config.safetyMillis / 2)
  if (safetyMillis >= 1_000) candidates.push({ ...config, safetyMillis })
  const broadcastsPerSecond = config.broadcastsPerSecond / 2
  if (broadcastsPerSecond >= 0.1) candidates.push({ ...config, broadcastsPerSecond })
  return candidates
}

/** Whether a run has broken the invariant that is looked for. */
const breaks = (result: ScenarioResult, invariant: string): boolean =>
  result.violations.some((violation) => violation.invariant === invariant)

/** Searches, from a run that has failed, for a smaller one that breaks the same invariant. */
export const shrink = <E>(failed: ScenarioResult, attempt: Try<E>): Effect.Effect<Shrunk, E> =>
  Effect.gen(function* () {
    const invariant = failed.violations[0]?.invariant
    let smallest = failed
    let runs = 0
    let isSmaller = invariant !== undefined
    while (isSmaller && runs < SHRINK_RUNS_MAX) {
      isSmaller = false
      for (const config of smaller(smallest)) {
        if (runs >= SHRINK_RUNS_MAX) break
        runs++
        const result = yield* attempt(config)
        if (invariant === undefined || !breaks(result, invariant)) continue
        smallest = result
        isSmaller = true
        break
      }
    }
    return { result: smallest, runs }
  })
