/** What a person sees of variants. */
import * as Schema from "effect/Schema"
import { ScenarioConfig } from "../../src/layers/simulation/ScenarioConfig.ts"
import * as Table from "../../src/programs/start/Table.ts"
import { folderOf, shown } from "./Copy.ts"
import { type Hunted, nodesOf } from "./Hunt.ts"
import type { Variant } from "./Variant.ts"

const encodeConfig = Schema.encodeSync(Schema.fromJsonString(ScenarioConfig))

export const list = (variants: ReadonlyArray<Variant>): ReadonlyArray<string> => {
  const width = Math.max(...variants.map(({ name }) => name.length))
  return variants.map(({ name, what }) => `${name.padEnd(width)}  ${what}`)
}

/** The invariant that a variant has broken, and where. */
const first = ({ found }: Hunted): string => found?.violations[0]?.invariant ?? "not found"

export const progress = (hunted: Hunted): string =>
  `${hunted.variant.name}: ${hunted.found?.violations[0] ?? "not found"}`

const row = (hunted: Hunted): ReadonlyArray<string> => {
  const { found, shrunk, tookMillis, variant } = hunted
  const seconds = (millis: number) => (millis / 1000).toFixed(1)
  const small = shrunk?.result
  return [
    variant.name,
    variant.setting,
    `${found?.seed ?? "-"} of ${variant.seeds}`,
    first(hunted),
    small === undefined ? "-" : `${nodesOf(small)}`,
    small === undefined ? "-" : `${small.planned.length}`,
    small === undefined ? "-" : seconds(small.elapsedMillis),
    `${shrunk?.runs ?? "-"}`,
    seconds(tookMillis)
  ]
}

/** A line for each variant. */
export const table = (hunted: ReadonlyArray<Hunted>): ReadonlyArray<string> =>
  Table.render(
    [
      { title: "variant", align: "left" },
      { title: "scenario", align: "left" },
      { title: "seed", align: "right" },
      { title: "invariant", align: "left" },
      { title: "nodes", align: "right" },
      { title: "faults", align: "right" },
      { title: "virtual s", align: "right" },
      { title: "runs", align: "right" },
      { title: "s", align: "right" }
    ],
    hunted.map(row)
  )

/** How to see the smallest case of a variant whose sources were kept. */
export const again = ({ shrunk, variant }: Hunted): ReadonlyArray<string> => {
  const folder = shown(folderOf(variant.name, true))
  if (shrunk === undefined) return ["", folder]
  const { config, scenario, seed, violations } = shrunk.result
  return [
    "",
    `${variant.name}: ${variant.what}`,
    ...violations.slice(0, 1).map((violation) => `  ${violation}`),
    `its sources: ${folder}`,
    "again:",
    `  node ${folder}src/programs/simulate.ts ${scenario} --seed ${seed} --config '${encodeConfig(config)}'`
  ]
}
