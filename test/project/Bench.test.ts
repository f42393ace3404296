// The benchmarks run, and their subjects deliver everything: no timing is looked at.

import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Processes that start one after the other. */
const TIMEOUT_MILLIS = 60_000

const Delivered = Schema.Struct({ medians: Schema.Struct({ percentDelivered: Schema.Number }) })
const Tables = Schema.Struct({
  stream: Schema.Record(Schema.String, Delivered),
  mesh: Schema.Record(Schema.String, Delivered)
})
type Tables = typeof Tables.Type

const quickly = <A>(schema: Schema.Codec<A, string>, ...chosen: ReadonlyArray<string>): A => {
  const args = ["bench/main.ts", "mesh", "--quick", "--json", ...chosen]
  const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"]
  const printed = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", stdio })
  return Schema.decodeSync(schema)(printed)
}

const expectAll = ({ mesh, stream }: Tables, wanted: ReadonlyArray<string>) => {
  for (const subjects of [mesh, stream]) {
    expect(Object.keys(subjects)).toEqual(expect.arrayContaining([...wanted]))
    for (const { medians } of Object.values(subjects)) expect(medians.percentDelivered).toBe(100)
  }
}

const Sizes = Schema.Record(
  Schema.String,
  Schema.Struct({ runs: Schema.Array(Schema.Unknown), ...Delivered.fields })
)

describe("npm run bench -- simulation --quick --json", { timeout: TIMEOUT_MILLIS }, () => {
  it("has networks that found themselves and delivered all, with one trace for one seed", () => {
    const args = ["bench/main.ts", "simulation", "--quick", "--json", "--runs", "2"]
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"]
    const printed = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", stdio })
    const Report = Schema.fromJsonString(Schema.Struct({ simulation: Sizes }))
    const { simulation } = Schema.decodeSync(Report)(printed)
    expect(Object.keys(simulation)).toEqual(["10", "20"])
    for (const { medians, runs } of Object.values(simulation)) {
      expect(runs.length).toBe(2)
      expect(medians.percentDelivered).toBe(100)
    }
  })
})

describe("npm run bench -- mesh --quick --json", { timeout: TIMEOUT_MILLIS }, () => {
  it("prints one object, in which ours and its baselines have delivered all", () => {
    expectAll(quickly(Schema.fromJsonString(Tables), "--only", "a,b"), ["ours"])
  })

  it("has ours on each other transport, with all delivered", () => {
    const subjects = ["ours-tls", "ours-ws", "ours-wss"]
    const Report = Schema.fromJsonString(Schema.Struct({ transports: Tables }))
    const chosen = ["--only", "d", "--subjects", subjects.join(",")]
    expectAll(quickly(Report, ...chosen).transports, subjects)
  })
})
