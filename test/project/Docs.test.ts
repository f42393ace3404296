// What the documents show is run: each TypeScript snippet as a program of its own, and each command line
// against the scripts that there are.

import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "@effect/vitest"
import manifest from "../../package.json" with { type: "json" }

const root = fileURLToPath(new URL("../..", import.meta.url))
mkdirSync(join(root, ".cache"), { recursive: true })
const work = mkdtempSync(join(root, ".cache", "docs-"))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const documents = ["README.md", "CONTRIBUTING.md"].concat(
  readdirSync(root).includes("docs")
    ? readdirSync(join(root, "docs"))
        .filter((file) => file.endsWith(".md"))
        .map((file) => `docs/${file}`)
    : []
)

const blocks = (language: string) =>
  documents.flatMap((document) =>
    [...readFileSync(join(root, document), "utf8").matchAll(/```(\w+)\n([\s\S]*?)```/g)]
      .filter(([, found]) => found === language)
      .map(([, , text = ""], i) => ({ name: `${document}, ${language} ${i + 1}`, text }))
  )

/** The snippet as it runs here: the package's names lead to its sources. */
const local = (text: string) =>
  text
    .replaceAll('from "effect-p2p"', `from "${root}src/index.ts"`)
    .replaceAll(/from "effect-p2p\/([^"]+)"/g, `from "${root}src/$1.ts"`)

describe("snippets", () => {
  const outputs: Record<string, string> = {
    "README.md, ts 1": "ben says hello",
    "README.md, ts 2": "ben says hello",
    "README.md, ts 3": "[ 0.5, 'ByZero', 0 ]",
    "README.md, ts 4": "[ true ] } true",
    "docs/observability.md, ts 1":
      "# TYPE p2p_broadcasts_total counter\np2p_broadcasts_total{node=",
    "docs/observability.md, ts 2": '"message":"listening"',
    "docs/server.md, ts 1": '{"/":1}'
  }

  it.each(blocks("ts").map(({ name, text }) => [name, text] as const))("%s", (name, text) => {
    const file = join(work, `${name.replaceAll(/\W+/g, "-")}.ts`)
    writeFileSync(file, local(text))
    const { stderr, stdout } = spawnSync(process.execPath, [file], {
      encoding: "utf8",
      timeout: 20_000
    })
    expect(stderr).toBe("")
    expect(stdout).toContain(outputs[name] ?? "")
  })
})

describe("commands", () => {
  const scripts: Record<string, string> = { ...manifest.scripts }
  const lines = blocks("sh").flatMap(({ text }) => text.trim().split("\n"))
  const named = [
    ...lines.flatMap((line) => line.split("&&").map((part) => part.trim())),
    ...documents.flatMap((document) =>
      [...readFileSync(join(root, document), "utf8").matchAll(/`(npm [^`]+)`/g)].map(
        ([, command = ""]) => command
      )
    )
  ]

  it.each([...new Set(named)])("%s names a script that there is", (command) => {
    const [npm, verb = "", script = ""] = command.split(" ")
    expect(npm).toBe("npm")
    if (verb === "ci") return
    const name = verb === "run" ? script : verb
    expect(scripts[name]).toBeDefined()
  })

  it.each([
    ["nodes", "npm run p2p -- node", ["--json"], '"state":"connected"'],
    ["chatters", "npm run p2p -- chat", [], "+ "]
  ] as const)("the two %s of the README meet", async (_what, start, more, sign) => {
    const commands = lines.filter((line) => line.startsWith(start))
    expect(commands).toHaveLength(2)
    const nodes = commands.map((line) =>
      spawn(process.execPath, ["src/programs/p2p.ts", ...line.split(" ").slice(4), ...more], {
        cwd: root,
        stdio: ["pipe", "pipe", "inherit"]
      })
    )
    try {
      await Promise.all(
        nodes.map(
          (node) =>
            new Promise<void>((resolve, reject) => {
              let printed = ""
              node.stdout.on("data", (chunk: Buffer) => {
                printed += chunk.toString()
                if (printed.includes(sign)) resolve()
              })
              node.on("exit", (code) => reject(new Error(`exit ${code}: ${printed}`)))
            })
        )
      )
    } finally {
      for (const node of nodes) {
        node.removeAllListeners("exit")
        node.kill()
      }
    }
  })
})
