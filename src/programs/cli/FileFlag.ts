/**
 * Flags whose values are files to be read.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Bytes from "../../domain/Bytes.ts"

/** Largest file that is read, in bytes: hundreds of certificates, and no device that never ends. */
const FILE_MAX_BYTES = 1_048_576

/** A file as it was read, and what it is called. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

const read = Effect.fnUntraced(function* (option: string, path: string) {
  const files = yield* FileSystem.FileSystem
  const refuse = (reason: string) =>
    new CliError.InvalidValue({
      option,
      value: path,
      expected: `a file that can be read (${reason})`,
      kind: "flag"
    })
  const chunks = yield* Stream.runCollect(
    files.stream(path, { bytesToRead: FILE_MAX_BYTES + 1 })
  ).pipe(Effect.mapError((error) => refuse(error.reason._tag)))
  const bytes = Bytes.concat(chunks)
  if (bytes.length > FILE_MAX_BYTES)
    return yield* refuse(`it has more than ${FILE_MAX_BYTES} bytes`)
  const file: TextFile = { path, text: Bytes.toText(bytes) }
  return file
})

/** A flag that may be left out, and else names a file, which is read. */
export const textFile = (name: string, description: string): Flag.Flag<Option.Option<TextFile>> =>
  Flag.String(name).pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(description),
    Flag.mapEffect((path) => read(name, path)),
    Flag.optional
  )
