// The packed package, as somebody gets it who installs it: in an empty project, with the pinned Node.

import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import manifest from "../../package.json" with { type: "json" }

const root = fileURLToPath(new URL("../..", import.meta.url))
const project = mkdtempSync(join(tmpdir(), "package-"))
afterAll(() => rmSync(project, { recursive: true, force: true }))

const run = (command: string, args: ReadonlyArray<string>, cwd = project) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })

const { effect, typescript } = manifest.devDependencies

const program = `
import { Effect, Layer } from "effect"
import { Address, Mesh, Value } from "effect-p2p"
import * as NodeMeshNode from "effect-p2p/layers/NodeMeshNode"

const listen = [new Address.Address({ scheme: "tcp", host: "127.0.0.1", port: 0 })]
const program = Effect.gen(function* () {
  const mesh = yield* Mesh.Mesh
  const payload: ReadonlyArray<Value.Value> = ["hello", 1n]
  const { id } = yield* mesh.broadcast(payload)
  console.log(typeof id, mesh.listening.length)
})
await Effect.runPromise(Effect.provide(program, NodeMeshNode.layer({ subnets: ["mesh"], listen })))
`

describe("the packed package", () => {
  beforeAll(() => {
    run("npm", ["run", "build"], root)
    run("npm", ["pack", "--ignore-scripts", "--pack-destination", project], root)
    const archive = readdirSync(project).find((file) => file.endsWith(".tgz")) ?? ""
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", private: true }))
    writeFileSync(join(project, "main.ts"), program)
    run("npm", [
      "install",
      "--ignore-scripts",
      "--prefer-offline",
      `./${archive}`,
      `effect@${effect}`,
      `@effect/platform-node@${manifest.devDependencies["@effect/platform-node"]}`,
      `@types/node@${manifest.devDependencies["@types/node"]}`,
      `typescript@${typescript}`
    ])
  }, 170_000)

  it("type-checks where nothing is relaxed", () => {
    const flags =
      "--noEmit --strict --exactOptionalPropertyTypes --target es2024 --module nodenext " +
      "--types node --skipLibCheck false"
    run("npx", ["tsc", ...flags.split(" "), "main.ts"])
  })

  it("runs", () => {
    expect(run(process.execPath, ["main.ts"]).trim()).toBe("string 1")
  })

  it("has an entry for each module, and each can be imported", () => {
    const dist = join(project, "node_modules/effect-p2p/dist")
    const modules = readdirSync(dist, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js") && !file.startsWith("programs"))
      .map((file) => `effect-p2p/${file.slice(0, -3)}`)
    expect(modules.length).toBeGreaterThan(40)
    const imports = modules.map((name) => `await import(${JSON.stringify(name)})`).join("\n")
    run(process.execPath, ["--input-type=module", "-e", imports])
  })

  it("needs nothing of Node in its main entry", () => {
    const entry = run(process.execPath, [
      "--input-type=module",
      "-e",
      `import { registerHooks } from "node:module"
       const seen = []
       registerHooks({ resolve: (specifier, context, next) => {
         if (specifier.startsWith("node:") || specifier.includes("platform-node")) seen.push(specifier)
         return next(specifier, context)
       } })
       await import("effect-p2p")
       console.log(JSON.stringify(seen))`
    ])
    expect(JSON.parse(entry)).toEqual([])
  })
})
