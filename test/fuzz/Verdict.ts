/** What a run has shown, and what of it has not held. */
import { significant } from "../../bench/harness/Statistics.ts"
import { mebibytes, percent, table } from "../../bench/harness/Table.ts"
import { memoryBoundBytes } from "./MemoryBound.ts"
import type { Options } from "./Options.ts"
import { middle, type Outcome } from "./Run.ts"

/** Windows of each kind below which a median says nothing. */
const WINDOWS_MIN = 5

/** What the good peers must keep of their speed. */
const KEPT_MIN = 0.5

export interface Verdict {
  readonly seed: number
  readonly seconds: number
  readonly tried: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
  readonly steps: number
  readonly delivered: number
  readonly throughput: {
    readonly quietPerSecond: number
    readonly attackedPerSecond: number
    readonly kept: number
    readonly windows: number
    readonly isJudged: boolean
    readonly quietLoad: number
    readonly attackedLoad: number
    readonly quietCpuMicros: number
    readonly attackedCpuMicros: number
    /** The part of a core that the attack takes of the node, beyond what the good broadcasts do. */
    readonly attackLoad: number
  }
  readonly memory: { readonly peakBytes: number; readonly boundBytes: number }
  readonly broken: ReadonlyArray<string>
  /** What was under way when it broke, and how to see it again. */
  readonly replay: ReadonlyArray<string>
}

export const judge = ({ seconds, seed }: Options, outcome: Outcome): Verdict => {
  const { attack, attacked, delivered, health, problems, quiet } = outcome
  const kept = middle(attacked, "perSecond") / middle(quiet, "perSecond")
  const attackLoad =
    middle(attacked, "load") -
    (middle(attacked, "perSecond") * middle(quiet, "cpuMicros")) / 1_000_000
  const isJudged = attacked.length >= WINDOWS_MIN
  const broken = [...problems]
  if (isJudged && !(kept >= KEPT_MIN)) {
    broken.push(`the good peers kept ${percent(100 * kept)} of their speed`)
  }
  if (health.peakResidentBytes > memoryBoundBytes) {
    broken.push(
      `${mebibytes(health.peakResidentBytes)} of memory, more than ${mebibytes(memoryBoundBytes)}`
    )
  }
  if (health.handlerDefects > 0) broken.push(`${health.handlerDefects} handlers have thrown`)
  if (delivered === 0) broken.push("nothing was delivered")
  const refused = Object.entries(health.refusals)
    .map(([reason, count]) => [reason, count ?? 0] as const)
    .sort(([, a], [, b]) => b - a)
  return {
    seed,
    seconds,
    tried: attack.tried,
    refused: Object.fromEntries(refused),
    steps: attack.steps,
    delivered,
    throughput: {
      quietPerSecond: significant(middle(quiet, "perSecond")),
      attackedPerSecond: significant(middle(attacked, "perSecond")),
      kept: significant(kept),
      windows: attacked.length,
      isJudged,
      quietLoad: significant(middle(quiet, "load")),
      attackedLoad: significant(middle(attacked, "load")),
      quietCpuMicros: significant(middle(quiet, "cpuMicros")),
      attackedCpuMicros: significant(middle(attacked, "cpuMicros")),
      attackLoad: significant(attackLoad)
    },
    memory: { peakBytes: health.peakResidentBytes, boundBytes: memoryBoundBytes },
    broken,
    replay:
      broken.length === 0
        ? []
        : [
            `npm run fuzz -- --seconds ${seconds} --seed ${seed}`,
            ...attack.last.map(
              ({ generator, step }) =>
                `npm run fuzz -- --seconds 5 --seed ${seed} --only '${generator}' --step ${step}`
            )
          ]
  }
}

const rows = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([name, n]) => [name, n.toLocaleString("en-US")])

/** The verdict as tables. */
export const show = (verdict: Verdict): string => {
  const { memory, throughput } = verdict
  const { attackedPerSecond, isJudged, kept, quietPerSecond, windows } = throughput
  return [
    table(["hostile input", "frames"], rows(verdict.tried)),
    table(["refused", "times"], rows(verdict.refused)),
    table(
      ["good peers", "broadcasts/s", "node's core", "µs CPU each"],
      [
        [
          "quiet",
          quietPerSecond.toLocaleString("en-US"),
          percent(100 * throughput.quietLoad),
          throughput.quietCpuMicros.toFixed(1)
        ],
        [
          "attacked",
          attackedPerSecond.toLocaleString("en-US"),
          percent(100 * throughput.attackedLoad),
          throughput.attackedCpuMicros.toFixed(1)
        ]
      ]
    ),
    `kept ${percent(100 * kept)} of their speed (medians of ${windows} windows each` +
      `${isJudged ? "" : ", too few to judge"}); ` +
      `${verdict.delivered.toLocaleString("en-US")} broadcasts, each delivered once; ` +
      `the attack takes ${percent(100 * throughput.attackLoad)} of the node's core`,
    `memory at its peak ${mebibytes(memory.peakBytes)}, bound ${mebibytes(memory.boundBytes)}`,
    verdict.broken.length === 0
      ? `all has held in ${verdict.steps} steps (seed ${verdict.seed})`
      : `BROKEN (seed ${verdict.seed}):\n${verdict.broken.slice(0, 20).join("\n")}\n\n` +
        `to see it again, the run or one of its last steps:\n${verdict.replay.join("\n")}`
  ].join("\n\n")
}
