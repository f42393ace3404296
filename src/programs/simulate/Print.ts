/**
 * What a person sees of runs: tables, and how to make the one that broke again.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ScenarioConfig } from "../../layers/simulation/ScenarioConfig.ts"
import type { ScenarioResult } from "../../layers/simulation/ScenarioResult.ts"
import type { Scenario } from "../../layers/simulation/Scenario.ts"
import * as Table from "../start/Table.ts"

const encodeConfig = Schema.encodeSync(Schema.fromJsonString(ScenarioConfig))

/** A whole number, for people. */
export const number = (value: number): string => Math.round(value).toLocaleString("en-US")

/** The shipped scenarios. */
export const list = (scenarios: Iterable<Scenario>): ReadonlyArray<string> => {
  const all = [...scenarios]
  const width = Math.max(...all.map(({ name }) => name.length))
  return all.map(({ description, name }) => `${name.padEnd(width)}  ${description}`)
}

/** One figure of several runs, added up. */
export const total = (
  results: ReadonlyArray<ScenarioResult>,
  of: (result: ScenarioResult) => number
): number => results.reduce((sum, result) => sum + of(result), 0)

/** Adds up what several runs have counted, by name. */
export const sum = (
  results: ReadonlyArray<ScenarioResult>,
  of: (result: ScenarioResult) => Readonly<Record<string, number>>
): Readonly<Record<string, number>> => {
  const total: Record<string, number> = {}
  for (const result of results) {
    for (const [name, count] of Object.entries(of(result))) {
      total[name] = (total[name] ?? 0) + count
    }
  }
  return total
}

/** The command that makes a run again. */
export const replay = ({ config, scenario, seed }: ScenarioResult): string =>
  `npm run simulate -- ${scenario} --seed ${seed} --config '${encodeConfig(config)}'`

const counts = (title: string, of: Readonly<Record<string, number>>): ReadonlyArray<string> => {
  const rows = Object.entries(of).map(([name, count]) => [name, number(count)])
  return rows.length === 0
    ? []
    : [
        "",
        ...Table.render(
          [
            { title, align: "left" },
            { title: "times", align: "right" }
          ],
          rows
        )
      ]
}

/** What broadcasts have cost, where a scenario measures it, beside the flood's formula. */
const costs = (results: ReadonlyArray<ScenarioResult>): ReadonlyArray<string> => {
  const rows = results.flatMap(({ config, counters, seed }) => {
    const { formula, linksPerNode, payloads } = counters
    if (formula === undefined || linksPerNode === undefined || payloads === undefined) return []
    return [
      [seed, config.nodes, linksPerNode.toFixed(2), number(payloads), number(formula)].map(String)
    ]
  })
  const titles = ["seed", "nodes n", "links a node l", "payloads sent", "(2l - 1) n + 1"]
  const columns = titles.map((title) => ({ title, align: "right" }) as const)
  return rows.length === 0 ? [] : ["", ...Table.render(columns, rows)]
}

/** How all runs went. */
export const report = (
  results: ReadonlyArray<ScenarioResult>,
  seconds: number
): ReadonlyArray<string> => {
  const events = total(results, (result) => result.events)
  const [only] = results
  const traces = results.length === 1 && only !== undefined ? [`trace ${only.trace}`] : []
  const virtual = total(results, ({ elapsedMillis }) => elapsedMillis) / 1000
  return [
    ...traces,
    `${number(results.length)} runs, ${number(events)} events, ${number(virtual)} s of virtual time ` +
      `in ${seconds.toFixed(1)} s: ${number(events / seconds)} events/s`,
    ...costs(results),
    ...counts(
      "fault",
      sum(results, ({ faults }) => faults)
    ),
    ...counts(
      "sometimes",
      sum(results, ({ sometimes }) => sometimes)
    )
  ]
}

/** What broke, and how to see it again. */
export const broken = (
  failed: ScenarioResult,
  shrunk: ScenarioResult,
  runs: number
): ReadonlyArray<string> => [
  "",
  `seed ${failed.seed} breaks:`,
  ...failed.violations.slice(0, 5).map((violation) => `  ${violation}`),
  "",
  `the smallest that still does, of ${runs} tried: ${shrunk.config.nodes} nodes, ` +
    `${shrunk.planned.length} faults, ${number(shrunk.config.safetyMillis)} ms`,
  ...shrunk.violations.slice(0, 1).map((violation) => `  ${violation}`),
  "",
  "again:",
  `  ${replay(shrunk)}`
]
