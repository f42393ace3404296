/**
 * Standard output, a batch of lines at a time.
 *
 * Whoever writes waits until its lines have left: a reader that is slow slows the node's own pumps, and
 * nothing piles up here.
 *
 * @since 0.1.0
 */
import type { Writable } from "node:stream"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/** Milliseconds that a program which ends has to get its last lines out. */
const FLUSH_TIMEOUT_MILLIS = 2_000

/** Nobody reads what a program writes. */
export class OutputError extends Schema.TaggedError<OutputError>()("OutputError", {
  detail: Schema.String
}) {
  override get message() {
    return `can't write to standard output: ${this.detail}`
  }
}

export class Output extends Context.Service<
  Output,
  {
    /** Writes lines, and waits until they have left. */
    readonly write: (lines: ReadonlyArray<string>) => Effect.Effect<void, OutputError>
  }
>()("effect-p2p/programs/cli/Output") {
  /** Over a stream that is not ended with it. */
  static readonly layer = (stream: Writable): Layer.Layer<Output> =>
    Layer.effect(
      Output,
      Effect.gen(function* () {
        // An error is told to the write that it meets; without a listener it would end the process.
        stream.on("error", () => undefined)
        const write = (text: string) =>
          Effect.callback<void, OutputError>((resume) => {
            stream.write(text, (error) =>
              resume(
                error === undefined || error === null
                  ? Effect.void
                  : Effect.fail(new OutputError({ detail: error.message }))
              )
            )
          })
        // An empty write is done when all before it are.
        yield* Effect.addFinalizer(() =>
          Effect.ignore(Effect.timeoutOption(write(""), FLUSH_TIMEOUT_MILLIS))
        )
        return Output.of({
          write: (lines) => (lines.length === 0 ? Effect.void : write(`${lines.join("\n")}\n`))
        })
      })
    )
}
