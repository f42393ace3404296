/**
 * The file that a report is written to.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { UsageError } from "../../cli/UsageError.ts"

/** A report that could not be written in the end. */
export class ReportError extends Schema.TaggedError<ReportError>()("ReportError", {
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `the report can't be written to ${this.path}: ${this.reason}`
  }
}

const reasonOf = ({ reason }: PlatformError): string => reason.message

/** Fails where a report could not be written: to be known before a run of minutes, not behind it. */
export const check = Effect.fnUntraced(function* (path: string) {
  const files = yield* FileSystem.FileSystem
  const refused = (error: PlatformError) =>
    new UsageError({
      flag: "report",
      value: path,
      reason: `a file that can be written (${reasonOf(error)})`
    })
  const exists = yield* Effect.mapError(files.exists(path), refused)
  // What is there stays as it is until there is something to write.
  yield* Effect.scoped(files.open(path, { flag: "a" })).pipe(Effect.mapError(refused))
  if (!exists) yield* Effect.ignore(files.remove(path))
})

export const write = (path: string, page: string) =>
  Effect.flatMap(FileSystem.FileSystem, (files) => files.writeFileString(path, page)).pipe(
    Effect.mapError((error) => new ReportError({ path, reason: reasonOf(error) }))
  )
