/**
 * Many runs of a scenario, over worker threads: each seed is a task, and whoever is free takes the next.
 *
 * @since 0.1.0
 */
import { totalmem } from "node:os"
import { inspect } from "node:util"
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ScenarioConfig } from "../../layers/simulation/ScenarioConfig.ts"
import { ScenarioResult } from "../../layers/simulation/ScenarioResult.ts"

/** One run to make. */
export interface Task {
  readonly scenario: string
  readonly config: ScenarioConfig
  readonly seed: number
}

/** A worker that has died, which takes the run with it that it made. */
export class WorkerError extends Schema.TaggedError<WorkerError>()("WorkerError", {
  scenario: Schema.String,
  seed: Schema.Number,
  detail: Schema.String
}) {
  override get message() {
    return `the run of ${this.scenario} with seed ${this.seed} died: ${this.detail}`
  }
}

const decode = Schema.decodeUnknownEffect(ScenarioResult)

/** What a worker sends of a run that was recorded. */
const Recorded = Schema.Struct({
  result: ScenarioResult,
  /** A `Recording`, as JSON. */
  recording: Schema.String
})
export type Recorded = typeof Recorded.Type

const decodeRecorded = Schema.decodeUnknownEffect(Recorded)

/** Beside this module, as source or built. */
const WORKER = import.meta.url.endsWith(".js") ? "./worker.js" : "./worker.ts"

/**
 * Memory that a thread may take, in MiB: all but a quarter of the machine's. By itself it would end at 4 GiB, and
 * ten thousand nodes take more; that of many threads together is for who chooses their number.
 */
const HEAP_MAX_MEBIBYTES = Math.floor((totalmem() / 2 ** 20) * 0.75)

/** A worker thread that makes one run after the other, for as long as the scope lives. */
const workerOf = (script: URL) =>
  Effect.acquireRelease(
    Effect.sync(
      () => new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MEBIBYTES } })
    ),
    (thread) => Effect.promise(() => thread.terminate())
  )

const worker = workerOf(new URL(WORKER, import.meta.url))

const runOn = <A>(
  thread: Worker,
  task: Task,
  isRecorded: boolean,
  decode: (reply: unknown) => Effect.Effect<A, Schema.SchemaError>
) =>
  Effect.callback<unknown, WorkerError>((resume) => {
    const { scenario, seed } = task
    const leave = () => {
      thread.off("message", done)
      thread.off("error", failed)
    }
    const done = (result: unknown) => {
      leave()
      resume(Effect.succeed(result))
    }
    const failed = (error: unknown) => {
      leave()
      // It comes from another thread, and may be anything, even what can't be made a text.
      const detail = error instanceof Error ? error.message : inspect(error)
      resume(Effect.fail(new WorkerError({ scenario, seed, detail })))
    }
    thread.on("message", done)
    thread.on("error", failed)
    thread.postMessage({ ...task, isRecorded })
    return Effect.sync(leave)
  }).pipe(
    Effect.flatMap((result) =>
      Effect.mapError(
        decode(result),
        ({ message }) =>
          new WorkerError({ scenario: task.scenario, seed: task.seed, detail: message })
      )
    )
  )

/** A thread of one's own, for as long as the scope lives, on which runs are made one after the other. */
export const runner = Effect.map(
  worker,
  (thread) => (task: Task) => runOn(thread, task, false, decode)
)

/** The same with another script, which gives results as `worker.ts` does, and may want more of a task. */
export const runnerOf = <T extends Task>(script: URL) =>
  Effect.map(workerOf(script), (thread) => (task: T) => runOn(thread, task, false, decode))

/** Makes one run, and records it. */
export const record = (task: Task): Effect.Effect<Recorded, WorkerError> =>
  Effect.scoped(Effect.flatMap(worker, (thread) => runOn(thread, task, true, decodeRecorded)))

/**
 * Makes the runs on some threads, tells of each as it is done, and returns them in the order of the tasks. Stops
 * early where `isEnough` says so.
 */
export const sweep = (
  tasks: ReadonlyArray<Task>,
  workers: number,
  onResult: (result: ScenarioResult, done: number) => Effect.Effect<void>,
  isEnough: (result: ScenarioResult) => boolean = () => false
): Effect.Effect<ReadonlyArray<ScenarioResult>, WorkerError> =>
  Effect.gen(function* () {
    const results = new Map<number, ScenarioResult>()
    let next = 0
    let isOver = false
    const work = Effect.gen(function* () {
      const make = yield* runner
      while (!isOver && next < tasks.length) {
        const index = next++
        const task = tasks[index]
        if (task === undefined) return
        const result = yield* make(task)
        results.set(index, result)
        isOver ||= isEnough(result)
        yield* onResult(result, results.size)
      }
    }).pipe(Effect.scoped)
    const threads = Math.max(1, Math.min(workers, tasks.length))
    yield* Effect.all(
      Array.from({ length: threads }, () => work),
      { concurrency: "unbounded", discard: true }
    )
    return [...results].sort(([a], [b]) => a - b).map(([, result]) => result)
  })
