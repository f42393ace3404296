/**
 * Many runs of a scenario, over worker threads: each seed is a task, and whoever is free takes the next.
 *
 * @since 0.1.0
 */
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

/** A worker thread that makes one run after the other, for as long as the scope lives. */
const worker = (script: URL) =>
  Effect.acquireRelease(
    Effect.sync(() => new Worker(script)),
    (thread) => Effect.promise(() => thread.terminate())
  )

const runOn = (thread: Worker, task: Task) =>
  Effect.callback<unknown, WorkerError>((resume) => {
    const { scenario, seed } = task
    // Both at once: a thread lives for as many runs as there are seeds.
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
      resume(Effect.fail(new WorkerError({ scenario, seed, detail: String(error) })))
    }
    thread.on("message", done)
    thread.on("error", failed)
    thread.postMessage(task)
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

/**
 * A thread of one's own, for as long as the scope lives, on which runs are made one after the other. The script
 * takes tasks and gives results as `worker.ts` does; it may want more of a task.
 */
export const runnerOf = <T extends Task = Task>(script: URL) =>
  Effect.map(worker(script), (thread) => (task: T) => runOn(thread, task))

/** The same, with the script that is shipped. */
export const runner = runnerOf(new URL("./worker.ts", import.meta.url))

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
