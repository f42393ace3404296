// `npm run sweep -- [SCENARIO ...] [--seeds 1000] [--workers 2]`: scenarios, each with many seeds, one after the other,
// and what was reached in them; all but `mesh-cost`, which measures, where none is named. Ends with 1 where an
// invariant broke: how to see that again is in what it prints.

import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Schema } from "effect"
import { scenarios } from "../src/layers/simulation/scenarios/Scenarios.ts"
import { number } from "../src/programs/simulate/Print.ts"
import * as Table from "../src/programs/start/Table.ts"

const program = fileURLToPath(new URL("../src/programs/simulate.ts", import.meta.url))

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" }
  }
})

const Counts = Schema.Record(Schema.String, Schema.Number)
/** What `simulate --json` says of several runs. */
const Swept = Schema.Struct({
  seeds: Schema.Array(Schema.Struct({ seed: Schema.Number, ok: Schema.Boolean })),
  events: Schema.Number,
  virtualMillis: Schema.Number,
  faults: Counts,
  sometimes: Counts,
  replay: Schema.optionalKey(Schema.String)
})
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Swept))

interface Row extends Schema.Schema.Type<typeof Swept> {
  readonly name: string
  readonly seconds: number
}

const sweep = async (name: string): Promise<Row> => {
  console.error(`${name}:`)
  const start = performance.now()
  const flags = Object.entries(values).flatMap(([flag, value]) => [`--${flag}`, value])
  const child = spawn(process.execPath, [program, name, ...flags, "--json"], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve))
  const output = await text(child.stdout)
  const code = await ended
  // With 2 it was bad usage, and has said so.
  if (code !== 0 && code !== 1) process.exit(code ?? 1)
  return { name, seconds: (performance.now() - start) / 1_000, ...decode(output) }
}

const columns = (titles: ReadonlyArray<string>): ReadonlyArray<Table.Column> =>
  titles.map((title, i) => ({ title, align: i === 0 ? "left" : "right" }))
const print = (titles: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) => {
  for (const line of ["", ...Table.render(columns(titles), rows)]) console.log(line)
}

const all = [...scenarios.keys()].filter((name) => name !== "mesh-cost")
const rows: Array<Row> = []
for (const name of positionals.length > 0 ? positionals : all) rows.push(await sweep(name))

const isBroken = ({ seeds }: Row) => seeds.some(({ ok }) => !ok)
print(
  ["scenario", "seeds", "broken", "events", "virtual s", "s"],
  rows.map((row) => [
    row.name,
    number(row.seeds.length),
    number(row.seeds.filter(({ ok }) => !ok).length),
    number(row.events),
    number(row.virtualMillis / 1_000),
    number(row.seconds)
  ])
)
const matrix = (title: string, of: (row: Row) => Readonly<Record<string, number>>) =>
  print(
    [title, ...rows.map(({ name }) => name)],
    [...new Set(rows.flatMap((row) => Object.keys(of(row))))].map((key) => [
      key,
      ...rows.map((row) => number(of(row)[key] ?? 0))
    ])
  )
matrix("fault", ({ faults }) => faults)
matrix("sometimes", ({ sometimes }) => sometimes)
for (const { name, replay, seeds } of rows.filter(isBroken)) {
  const broken = seeds.flatMap(({ ok, seed }) => (ok ? [] : [seed]))
  console.log(`\n${name} broke with seeds ${broken.join(" ")}; the smallest found:\n  ${replay}`)
}
process.exitCode = rows.some(isBroken) ? 1 : 0
