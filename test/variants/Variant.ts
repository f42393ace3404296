/** A broken variant of the shipped code, as data. */
import type { Invariant } from "../../src/layers/simulation/Violation.ts"
import type { Setting } from "./Settings.ts"

export interface Variant {
  /** Unique, and a folder's name. */
  readonly name: string
  /** What is wrong with it, in one sentence. */
  readonly what: string
  /** The file that is edited, from `src/` on. */
  readonly file: string
  /** What the edit replaces: text that the file has exactly once. */
  readonly from: string
  readonly to: string
  /** What it is run with. */
  readonly setting: Setting
  /** Seeds, from 1 on, within which it is found. */
  readonly seeds: number
  /** The invariants that may catch it. */
  readonly invariants: ReadonlyArray<Invariant>
  /** How large the case that shows it is at most, once made smaller: nodes with those of other subnets, and faults. */
  readonly shrunk: { readonly nodes: number; readonly faults: number }
}
