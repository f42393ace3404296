/**
 * Runs scenarios, and tells whether all has held.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ScenarioConfig } from "../../layers/simulation/ScenarioConfig.ts"
import type { ScenarioResult } from "../../layers/simulation/ScenarioResult.ts"
import type { Scenario } from "../../layers/simulation/Scenario.ts"
import { scenarios } from "../../layers/simulation/scenarios/Scenarios.ts"
import { Output } from "../cli/Output.ts"
import { UsageError } from "../cli/UsageError.ts"
import * as Print from "./Print.ts"
import { type Shrunk, shrink } from "./Shrink.ts"
import * as Page from "./report/Page.ts"
import * as ReportFile from "./report/ReportFile.ts"
import { record, type Recorded, runner, sweep, type Task } from "./Sweep.ts"

/** Most nodes of a run: what a machine of 24 GiB holds. */
export const NODES_MAX = 20_000

/** Most runs of a sweep. */
export const SEEDS_MAX = 1_000_000

/** Most worker threads. */
export const WORKERS_MAX = 64

export interface SimulateOptions {
  readonly scenario: Option.Option<string>
  readonly list: boolean
  readonly nodes: Option.Option<number>
  readonly seed: number
  readonly seeds: number
  readonly until: Option.Option<string>
  readonly workers: number
  readonly json: boolean
  readonly config: Option.Option<string>
  readonly report: Option.Option<string>
}

/** An invariant that did not hold: told already, it only sets the exit code. */
export class BrokenError extends Schema.TaggedError<BrokenError>()("BrokenError", {
  seeds: Schema.Array(Schema.Number)
}) {
  override get message() {
    return `an invariant broke, with seed ${this.seeds.join(", ")}`
  }
}

const usage = (flag: string, value: string | number, reason: string) =>
  Effect.fail(new UsageError({ flag, value: String(value), reason }))

const within = (flag: string, value: number, minimum: number, maximum: number) =>
  Number.isInteger(value) && value >= minimum && value <= maximum
    ? Effect.void
    : usage(flag, value, `a whole number from ${minimum} to ${maximum}`)

const decodeConfig = Schema.decodeUnknownEffect(Schema.fromJsonString(ScenarioConfig))

/** What the scenario is run with: its own configuration, or the one that is given, with what the flags say. */
const configOf = Effect.fnUntraced(function* (scenario: Scenario, options: SimulateOptions) {
  let { config } = scenario
  if (Option.isSome(options.config)) {
    const text = options.config.value
    const decoded = yield* Effect.result(decodeConfig(text))
    if (decoded._tag === "Failure") return yield* usage("config", text, decoded.failure.message)
    config = decoded.success
  }
  if (Option.isSome(options.nodes)) {
    const nodes = options.nodes.value
    yield* within("nodes", nodes, 1, NODES_MAX)
    config = { ...config, nodes }
  }
  if (Option.isSome(options.until)) {
    const text = options.until.value
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text)
    if (match === null) return yield* usage("until", text, "a time such as 90s, 10m or 1h")
    const [, amount = "", unit = ""] = match
    const factor = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? 0
    config = { ...config, safetyMillis: Number(amount) * factor }
  }
  return config
})

const find = (name: Option.Option<string>): Effect.Effect<Scenario, UsageError> => {
  const known = [...scenarios.keys()].join(", ")
  if (Option.isNone(name)) return usage("list", "", `name a scenario: ${known}`)
  const found = scenarios.get(name.value)
  return found === undefined
    ? usage("list", name.value, `there is no such scenario; there are ${known}`)
    : Effect.succeed(found)
}

const isBroken = ({ violations }: ScenarioResult): boolean => violations.length > 0

/** Lines of progress that a sweep has, besides those of the runs that broke. */
const PROGRESS_LINES = 20

/** A bar on standard error, where there is more than one run. */
const progress = (total: number) => (result: ScenarioResult, done: number) => {
  const step = Math.ceil(total / PROGRESS_LINES)
  const isTold = done % step === 0 || done === total || isBroken(result)
  if (total === 1 || !isTold) return Effect.void
  const width = 30
  const filled = Math.round((done / total) * width)
  const bar = "█".repeat(filled).padEnd(width, "·")
  const what = isBroken(result) ? `seed ${result.seed} is broken` : `seed ${result.seed}`
  return Console.error(`${bar} ${done}/${total} ${what}`)
}

/** The first run that broke, made smaller. */
const smallest = (failed: ScenarioResult): Effect.Effect<Shrunk> =>
  Effect.scoped(
    Effect.flatMap(runner, (make) =>
      shrink(failed, (config, seed) =>
        make({ scenario: failed.scenario, config, seed: Number(seed) })
      )
    )
  ).pipe(Effect.orElseSucceed(() => ({ result: failed, runs: 0 })))

const asJson = (results: ReadonlyArray<ScenarioResult>, shrunk: ScenarioResult | undefined) => {
  const [only] = results
  const again = shrunk === undefined ? {} : { replay: Print.replay(shrunk) }
  if (results.length === 1 && only !== undefined) {
    return { ...only, violations: only.violations.map(String), ok: !isBroken(only), ...again }
  }
  return {
    scenario: only?.scenario ?? "",
    seeds: results.map((result) => ({
      seed: result.seed,
      trace: result.trace,
      ok: !isBroken(result)
    })),
    events: Print.total(results, ({ events }) => events),
    virtualMillis: Print.total(results, ({ elapsedMillis }) => elapsedMillis),
    faults: Print.sum(results, ({ faults }) => faults),
    sometimes: Print.sum(results, ({ sometimes }) => sometimes),
    ...again
  }
}

/** Writes the page of a run; recorded anew, unless it is the one that was recorded already. */
const writeReport = Effect.fnUntraced(function* (
  path: string,
  { config, scenario, seed, trace }: ScenarioResult,
  before: Recorded | undefined
) {
  const { recording, result } =
    before?.result.trace === trace
      ? before
      : yield* record({ scenario, config, seed: Number(seed) })
  yield* ReportFile.write(path, Page.render(result, recording))
  yield* Console.error(`report: ${path}`)
})

/** Fails with `BrokenError` where an invariant broke, once it has told which, and how to see it again. */
export const run = (options: SimulateOptions) =>
  Effect.gen(function* () {
    const output = yield* Output
    if (options.list) return yield* output.write(Print.list(scenarios.values()))
    const scenario = yield* find(options.scenario)
    const { json, seed, seeds, workers } = options
    yield* within("seed", seed, 0, Number.MAX_SAFE_INTEGER)
    yield* within("seeds", seeds, 1, SEEDS_MAX)
    yield* within("workers", workers, 1, WORKERS_MAX)
    const config = yield* configOf(scenario, options)
    const tasks = Array.from({ length: seeds }, (_, i): Task => ({
      scenario: scenario.name,
      config,
      seed: seed + i
    }))
    // Before the run: what takes minutes must not be lost for a path that is wrong.
    if (Option.isSome(options.report)) yield* ReportFile.check(options.report.value)
    const startNanos = yield* Clock.monotonicTimeNanos
    const [task] = tasks
    // One run that is to be shown is recorded at once, and not made a second time.
    const recorded =
      Option.isSome(options.report) && task !== undefined && seeds === 1
        ? yield* record(task)
        : undefined
    const results =
      recorded === undefined ? yield* sweep(tasks, workers, progress(seeds)) : [recorded.result]
    const tookNanos = (yield* Clock.monotonicTimeNanos) - startNanos
    const seconds = Duration.toMillis(Duration.nanos(tookNanos)) / 1000
    const failed = results.filter(isBroken)
    const [first] = failed
    const shrunk = first === undefined ? undefined : yield* smallest(first)
    if (json) {
      yield* output.write([JSON.stringify(asJson(results, shrunk?.result))])
    } else {
      yield* output.write(Print.report(results, seconds))
      if (first !== undefined && shrunk !== undefined) {
        yield* output.write(Print.broken(first, shrunk.result, shrunk.runs))
      }
    }
    const shown = shrunk?.result ?? results[0]
    if (Option.isSome(options.report) && shown !== undefined) {
      yield* writeReport(options.report.value, shown, recorded)
    }
    if (failed.length > 0) {
      return yield* new BrokenError({ seeds: failed.map((result) => Number(result.seed)) })
    }
  })
