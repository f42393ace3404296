// The benchmarks run, and their subjects deliver everything: no timing is looked at.

import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

const root = fileURLToPath(new URL("../..", import.meta.url))

const Delivered = Schema.Struct({ medians: Schema.Struct({ percentDelivered: Schema.Number }) })
const Report = Schema.fromJsonString(
  Schema.Struct({
    stream: Schema.Record(Schema.String, Delivered),
    mesh: Schema.Record(Schema.String, Delivered),
    transports: Schema.Struct({
      stream: Schema.Record(Schema.String, Delivered),
      mesh: Schema.Record(Schema.String, Delivered)
    })
  })
)

describe("npm run bench -- mesh --quick --json", () => {
  it("prints one object, in which ours and the minimum have delivered all", () => {
    const args = ["bench/main.ts", "mesh", "--quick", "--json", "--only", "a,b,d"]
    const printed = execFileSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    })
    const { mesh, stream, transports } = Schema.decodeSync(Report)(printed)
    for (const subjects of [transports.stream, transports.mesh]) {
      expect(Object.keys(subjects)).toEqual(["ours", "ours-tls", "ours-ws", "ours-wss"])
    }
    for (const subjects of [mesh, stream, transports.stream, transports.mesh]) {
      expect(Object.keys(subjects)).toContain("ours")
      for (const { medians } of Object.values(subjects)) expect(medians.percentDelivered).toBe(100)
    }
  })
})
