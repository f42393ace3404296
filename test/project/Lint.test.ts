// The linter holds the project's import rule and bans: shown on small trees that break each of them.

import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "@effect/vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const trees: Array<string> = []
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })))

const lint = (file: string, source: string) => {
  const tree = mkdtempSync(join(tmpdir(), "lint-"))
  trees.push(tree)
  copyFileSync(join(root, ".oxlintrc.json"), join(tree, ".oxlintrc.json"))
  mkdirSync(dirname(join(tree, file)), { recursive: true })
  writeFileSync(join(tree, file), source)
  const oxlint = join(root, "node_modules/.bin/oxlint")
  const { status, stdout } = spawnSync(oxlint, ["--deny-warnings", "."], {
    cwd: tree,
    encoding: "utf8"
  })
  return { status, stdout }
}

const broken: ReadonlyArray<readonly [what: string, file: string, source: string]> = [
  ["domain imports a service", "src/domain/A.ts", 'import { b } from "../services/B.ts"\nb()'],
  [
    "a message imports a layer",
    "src/domain/messages/A.ts",
    'import { b } from "../../layers/B.ts"\nb()'
  ],
  [
    "domain imports node",
    "src/domain/A.ts",
    'import { readFileSync } from "node:fs"\nreadFileSync("")'
  ],
  ["a service imports a layer", "src/services/A.ts", 'import { b } from "../layers/B.ts"\nb()'],
  [
    "a service imports node",
    "src/services/A.ts",
    'import { createServer } from "node:net"\ncreateServer()'
  ],
  [
    "a service imports the platform",
    "src/services/A.ts",
    'import * as N from "@effect/platform-node/NodeSocket"\nN.x()'
  ],
  ["a layer imports a program", "src/layers/A.ts", 'import { b } from "../programs/B.ts"\nb()'],
  ["an adapter imports its sibling", "src/layers/A.ts", 'import { b } from "./B.ts"\nb()'],
  [
    "a simulation imports node",
    "src/layers/simulation/Simulation.ts",
    'import { readFileSync } from "node:fs"\nreadFileSync("")'
  ],
  ["the wall clock in domain", "src/domain/A.ts", "export const a = () => Date.now()"],
  ["the wall clock in a service", "src/services/A.ts", "export const a = () => new Date()"],
  ["chance in a service", "src/services/A.ts", "export const a = () => Math.random()"],
  [
    "a timer in a service",
    "src/services/A.ts",
    "export const a = (f: () => void) => setTimeout(f, 1)"
  ],
  ["any", "src/services/A.ts", "export const a = (b: any) => b"],
  ["as", "src/services/A.ts", "export const a = (b: unknown) => b as string"],
  ["ts-ignore", "src/services/A.ts", "// @ts-ignore\nexport const a = 1"],
  ["a non-null assertion", "src/services/A.ts", "export const a = (b?: string) => b!.length"]
]

const sound: ReadonlyArray<readonly [what: string, file: string, source: string]> = [
  ["a service imports domain", "src/services/A.ts", 'import { b } from "../domain/B.ts"\nb()'],
  [
    "an adapter imports node",
    "src/layers/A.ts",
    'import { createServer } from "node:net"\ncreateServer()'
  ],
  ["a composition imports a sibling", "src/layers/MeshNode.ts", 'import { b } from "./B.ts"\nb()'],
  ["a program imports a layer", "src/programs/A.ts", 'import { b } from "../layers/B.ts"\nb()'],
  ["as const", "src/domain/A.ts", "export const a = [1] as const"]
]

describe("the linter refuses", () => {
  it.each(broken)("%s", (_what, file, source) => {
    expect(lint(file, source).status).toBe(1)
  })
})

describe("the linter allows", () => {
  it.each(sound)("%s", (_what, file, source) => {
    expect(lint(file, source)).toMatchObject({ status: 0 })
  })
})
