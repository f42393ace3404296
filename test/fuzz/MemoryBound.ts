/** What a node may take in memory at most, as the sum of its limits; `docs/limits.md` explains it. */
import * as Limits from "../../src/domain/Limits.ts"

const MIB = 1024 * 1024

export interface Part {
  readonly name: string
  readonly bytes: number
}

export const parts: ReadonlyArray<Part> = [{ name: "process", bytes: 160 * MIB }]

export const memoryBoundBytes = Limits.FRAME_BODY_MAX_BYTES * 256
