/**
 * Which faults befall a network, and when: drawn from the seed before the run, so that one of them can be left
 * out and all others stay as they are.
 *
 * Each kind of fault of each node has a stream of draws of its own: with fewer nodes, kinds or minutes, what is
 * left is unchanged.
 *
 * @since 0.1.0
 */
import { FaultKind, type ScenarioConfig } from "./ScenarioConfig.ts"
import { SeededRandom } from "./SeededRandom.ts"

/** A fault that is to come. */
export interface PlannedFault {
  /** Its kind, its node, and which of them it is: `crash/n3/0`. */
  readonly id: string
  readonly kind: FaultKind
  readonly node: string
  /** Virtual milliseconds after the safety phase began. */
  readonly atMillis: number
}

const MINUTE_MILLIS = 60_000

/** From an exponential distribution: what lies between two things that happen at random. */
export const exponential = (random: SeededRandom, mean: number): number =>
  -mean * Math.log(1 - random.nextDoubleUnsafe())

/** Rates are multiplied or divided by this at most in a swarm. */
const SWARM_FACTOR_MAX = 8

/**
 * The rates of a run: those of its configuration, or, in a swarm, a mix that the seed draws. Each kind is in
 * every other mix, since some bugs show only while other faults are absent (A. Groce and others, "Swarm testing",
 * ISSTA 2012).
 */
export const ratesOf = (
  config: ScenarioConfig,
  seed: number | string
): ScenarioConfig["faultsPerMinute"] => {
  if (!config.isSwarm) return config.faultsPerMinute
  const rates: { [K in FaultKind]?: number } = {}
  for (const kind of FaultKind.literals) {
    const random = new SeededRandom(seed, `swarm/${kind}`)
    const middle = config.faultsPerMinute[kind] ?? 0
    const isIn = random.chance(0.5)
    const exponent = random.nextDoubleUnsafe() * 2 - 1
    if (isIn && middle > 0) rates[kind] = middle * SWARM_FACTOR_MAX ** exponent
  }
  return rates
}

/** All faults of a run, the first one first. */
export const planOf = (
  config: ScenarioConfig,
  seed: number | string,
  nodes: ReadonlyArray<string>
): ReadonlyArray<PlannedFault> => {
  const rates = ratesOf(config, seed)
  const only = config.only === undefined ? undefined : new Set(config.only)
  const plan: Array<PlannedFault> = []
  for (const kind of FaultKind.literals) {
    const rate = rates[kind] ?? 0
    if (rate <= 0) continue
    for (const node of nodes) {
      const random = new SeededRandom(seed, `plan/${kind}/${node}`)
      const mean = MINUTE_MILLIS / rate
      let atMillis = exponential(random, mean)
      for (let i = 0; atMillis < config.safetyMillis; i++) {
        const id = `${kind}/${node}/${i}`
        if (only === undefined || only.has(id)) plan.push({ id, kind, node, atMillis })
        atMillis += exponential(random, mean)
      }
    }
  }
  return plan.sort((a, b) => a.atMillis - b.atMillis || (a.id < b.id ? -1 : 1))
}
