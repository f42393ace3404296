/**
 * From a configuration that breaks an invariant to the smallest one found that still does: fewer nodes, fewer
 * faults, less time.
 *
 * A smaller network is another run altogether, and may miss by chance what it could show: it is tried with some
 * other seeds too. Whatever is smaller is gone on from.
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

/** Faults up to which each is tried alone. */
const ALONE_MAX = 16

/** Seeds that a smaller network is tried with: its own, and those that follow. */
const SEEDS = 5

type Seed = ScenarioResult["seed"]

/** Runs a configuration with a seed. */
export type Try<E> = (config: ScenarioConfig, seed: Seed) => Effect.Effect<ScenarioResult, E>

/** What it came to. */
export interface Shrunk {
  readonly result: ScenarioResult
  readonly runs: number
}

interface Candidate {
  readonly config: ScenarioConfig
  readonly seed: Seed
}

/** Smaller networks, the smallest first. */
const fewerNodes = (config: ScenarioConfig): ReadonlyArray<ScenarioConfig> => {
  const counts = new Set([2, Math.ceil(config.nodes / 2), config.nodes - 1])
  return [...counts]
    .filter((nodes) => nodes >= 2 && nodes < config.nodes)
    .map((nodes) => ({ ...config, nodes }))
}

/** Shorter runs. What was to come after the invariant broke had no part in it. */
const lessTime = ({ config, violations }: ScenarioResult): ReadonlyArray<ScenarioConfig> => {
  const { safetyMillis } = config
  const brokenAtMillis = Math.ceil(violations[0]?.atMillis ?? safetyMillis)
  const lengths = new Set([0, Math.min(safetyMillis, brokenAtMillis), Math.floor(safetyMillis / 2)])
  return [...lengths]
    .filter((millis) => millis < safetyMillis && (millis >= 1_000 || millis === 0))
    .map((millis) => ({ ...config, safetyMillis: millis }))
}

/** All faults but some, the most left out first. */
const fewerFaults = ({ config, planned }: ScenarioResult): ReadonlyArray<ScenarioConfig> => {
  const faults = config.only ?? planned
  const candidates: Array<ScenarioConfig> = faults.length > 0 ? [{ ...config, only: [] }] : []
  // Most bugs want one fault, or none.
  if (faults.length > 1 && faults.length <= ALONE_MAX) {
    candidates.push(...faults.map((fault) => ({ ...config, only: [fault] })))
  }
  for (
    let size = faults.length === 1 ? 0 : Math.ceil(faults.length / 2);
    size > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < faults.length; at += size) {
      candidates.push({ ...config, only: faults.filter((_, i) => i < at || i >= at + size) })
    }
  }
  return candidates
}

const lessTalk = ({ config }: ScenarioResult): ReadonlyArray<ScenarioConfig> =>
  [0, config.broadcastsPerSecond / 2]
    .filter((rate) => rate < config.broadcastsPerSecond && (rate >= 0.1 || rate === 0))
    .map((broadcastsPerSecond) => ({ ...config, broadcastsPerSecond }))

/** Ways in which a case becomes smaller. A smaller network comes first: it makes all that follows quicker. */
const WAYS: ReadonlyArray<(result: ScenarioResult) => ReadonlyArray<Candidate>> = [
  ({ config, seed }) => {
    const seeds =
      typeof seed === "number" ? Array.from({ length: SEEDS }, (_, i) => seed + i) : [seed]
    const insiders = config.outsiders > 0 ? [{ ...config, outsiders: 0 }] : []
    return [...fewerNodes(config), ...insiders].flatMap((config) =>
      seeds.map((seed) => ({ config, seed }))
    )
  },
  ...[lessTime, fewerFaults, lessTalk].map(
    (way) => (result: ScenarioResult) =>
      way(result).map((config) => ({ config, seed: result.seed }))
  )
]

/** Whether a run has broken the invariant that is looked for. */
const breaks = (result: ScenarioResult, invariant: string): boolean =>
  result.violations.some((violation) => violation.invariant === invariant)

/**
 * Searches, from a run that has failed, for a smaller one that breaks the same invariant, until there is none or
 * one is small enough. Each way is gone as far as it leads, and all of them until none leads any further.
 */
export const shrink = <E>(
  failed: ScenarioResult,
  attempt: Try<E>,
  isEnough: (result: ScenarioResult) => boolean = () => false
): Effect.Effect<Shrunk, E> =>
  Effect.gen(function* () {
    const invariant = failed.violations[0]?.invariant
    if (invariant === undefined) return { result: failed, runs: 0 }
    const tried = new Set<string>()
    let smallest = failed
    let runs = 0

    /** One that is smaller in a way, and breaks what is to be broken. */
    const next = Effect.fnUntraced(function* (way: (typeof WAYS)[number]) {
      for (const { config, seed } of way(smallest)) {
        if (runs >= SHRINK_RUNS_MAX) return undefined
        const key = JSON.stringify([seed, config])
        if (tried.has(key)) continue
        tried.add(key)
        runs++
        const result = yield* attempt(config, seed)
        if (breaks(result, invariant)) return result
      }
      return undefined
    })

    for (let before: ScenarioResult | undefined; before !== smallest;) {
      before = smallest
      for (const way of WAYS) {
        while (!isEnough(smallest)) {
          const result = yield* next(way)
          if (result === undefined) break
          smallest = result
        }
      }
    }
    return { result: smallest, runs }
  })
