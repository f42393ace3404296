/** Looks for the seed with which a variant breaks an invariant, and makes the case small. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ScenarioResult } from "../../src/layers/simulation/ScenarioResult.ts"
import { shrink, type Shrunk } from "../../src/programs/simulate/Shrink.ts"
import { runnerOf, type Task, type WorkerError } from "../../src/programs/simulate/Sweep.ts"
import * as Copy from "./Copy.ts"
import { configOf, type Setting } from "./Settings.ts"
import type { Variant } from "./Variant.ts"

/** A run with some sources. */
interface VariantTask extends Task {
  readonly sources: string
}

type Run = (task: VariantTask) => Effect.Effect<ScenarioResult, WorkerError>

/** What came of the hunt for a variant. */
export interface Hunted {
  readonly variant: Variant
  /** The run with the first seed that has broken something; undefined where none has. */
  readonly found: ScenarioResult | undefined
  readonly shrunk: Shrunk | undefined
  readonly tookMillis: number
}

/** Nodes of a case, those of other subnets included. */
export const nodesOf = ({ config }: ScenarioResult): number => config.nodes + config.outsiders

/** Whether a case is as small as the variant's is said to be. */
export const isSmall = ({ shrunk }: Variant, result: ScenarioResult): boolean =>
  nodesOf(result) <= shrunk.nodes && result.planned.length <= shrunk.faults

export interface HuntOptions {
  /** Whether the variants' sources stay. */
  readonly isKept?: boolean
  /** Whether to look for the smallest case, and not only for one that is as small as it is said to be. */
  readonly isThorough?: boolean
}

const hunt = (variant: Variant, run: Run, { isKept = false, isThorough = false }: HuntOptions) =>
  Effect.gen(function* () {
    const beganMillis = yield* Clock.currentTimeMillis
    const folder = Copy.folderOf(variant.name, isKept)
    const sources = yield* Effect.acquireRelease(
      Effect.sync(() => Copy.copy(variant, folder).href),
      () => Effect.sync(() => (isKept ? undefined : Copy.remove(folder)))
    )
    const attempt = (config: Task["config"], seed: number) =>
      run({ sources, scenario: variant.setting, config, seed })
    let found: ScenarioResult | undefined
    for (let seed = 1; seed <= variant.seeds && found === undefined; seed++) {
      const result = yield* attempt(configOf(variant.setting), seed)
      if (result.violations.length > 0) found = result
    }
    const shrunk =
      found &&
      (yield* shrink(
        found,
        (config, seed) => attempt(config, Number(seed)),
        (result) => !isThorough && isSmall(variant, result)
      ))
    const tookMillis = (yield* Clock.currentTimeMillis) - beganMillis
    return { variant, found, shrunk, tookMillis }
  }).pipe(Effect.scoped)

const script = new URL("./worker.ts", import.meta.url)

/** Does many things, whoever of some threads is free the next of them; threads are slow to start. */
const over = <A>(
  works: ReadonlyArray<(run: Run) => Effect.Effect<A, WorkerError>>,
  threads: number
): Effect.Effect<ReadonlyArray<A>, WorkerError> =>
  Effect.gen(function* () {
    const results: Array<A> = []
    let next = 0
    const thread = Effect.gen(function* () {
      const run = yield* runnerOf<VariantTask>(script)
      for (let index = next++; index < works.length; index = next++) {
        const work = works[index]
        if (work !== undefined) results[index] = yield* work(run)
      }
    }).pipe(Effect.scoped)
    yield* Effect.all(
      Array.from({ length: Math.min(threads, works.length) }, () => thread),
      { concurrency: "unbounded", discard: true }
    )
    return results
  })

/** Hunts for all of some variants; each result is told of as it comes. */
export const huntAll = (
  variants: ReadonlyArray<Variant>,
  options: HuntOptions & {
    readonly threads: number
    readonly onResult?: (hunted: Hunted) => void
  }
): Effect.Effect<ReadonlyArray<Hunted>, WorkerError> =>
  over(
    variants.map(
      (variant) => (run: Run) =>
        Effect.tap(hunt(variant, run, options), (hunted) =>
          Effect.sync(() => options.onResult?.(hunted))
        )
    ),
    options.threads
  )

/** The runs that the variants are given, each once, with the sources as they are shipped. */
const controls = (variants: ReadonlyArray<Variant>): ReadonlyArray<VariantTask> => {
  const most = new Map<Setting, number>()
  for (const { seeds, setting } of variants) {
    most.set(setting, Math.max(seeds, most.get(setting) ?? 0))
  }
  return [...most].flatMap(([scenario, seeds]) =>
    Array.from({ length: seeds }, (_, i) => ({
      sources: Copy.shipped.href,
      scenario,
      config: configOf(scenario),
      seed: i + 1
    }))
  )
}

/**
 * The hunts for all variants, and what the shipped code does in the same runs: where that breaks anything, nothing
 * that was found means anything.
 */
export const assess = (variants: ReadonlyArray<Variant>, threads: number) =>
  Effect.gen(function* () {
    const shipped: Array<ScenarioResult> = []
    const hunted: Array<Hunted> = []
    const control = controls(variants).map(
      (task) => (run: Run) => Effect.map(run(task), (result) => void shipped.push(result))
    )
    const hunts = variants.map(
      (variant) => (run: Run) =>
        Effect.map(hunt(variant, run, {}), (each) => void hunted.push(each))
    )
    yield* over([...control, ...hunts], threads)
    return { hunted, shipped }
  })
