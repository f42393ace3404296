/**
 * How a node talks with whoever runs it: what it makes of each line of input, and the lines that it shows.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { PeerEvent } from "../../domain/PeerEvent.ts"
import type { Message } from "../../services/Mesh.ts"
import type { Line } from "../cli/InputLines.ts"
import type { OutputError } from "../cli/Output.ts"

/** Any of our errors. */
export interface Failure {
  readonly _tag: string
  readonly message: string
}

type Lines = ReadonlyArray<string>

export interface Face {
  /** What it says first. */
  readonly greeting: Lines
  readonly showMessages: (messages: ReadonlyArray<Message>) => Lines
  readonly showPeerEvent: (event: PeerEvent) => Lines
  readonly showError: (error: Failure) => Lines
  /** Does what a line says, and answers. False where the node is to stop. */
  readonly hear: (line: Line) => Effect.Effect<boolean, OutputError>
  /** Waits for what lines have begun and not ended. */
  readonly settled: Effect.Effect<void>
  /** Whether the end of the input stops the node. */
  readonly stopsAtEnd: boolean
}
