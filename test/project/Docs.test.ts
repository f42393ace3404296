// What the documents show is run: each TypeScript snippet as a program of its own, and each command line, but
// for those that are listed with the reason why not.

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
  /** A part of what each prints; none is there to print nothing. */
  const outputs: Record<string, string> = {
    "README.md, ts 1": "ben says hello",
    "README.md, ts 2": "ben says hello",
    "README.md, ts 3": "[ 0.5, 'ByZero', 0 ]",
    "README.md, ts 4": "[ true ] } true",
    "docs/observability.md, ts 1":
      "# TYPE p2p_broadcasts_total counter\np2p_broadcasts_total{node=",
    "docs/observability.md, ts 2": '"message":"listening"',
    "docs/simulation.md, ts 1": "{ index: 0, event: 'note this is run 3', atMillis: 3000 }",
    "docs/server.md, ts 1": '{"/":1}',
    "docs/server.md, ts 2": "is refused: Expected a value with a length"
  }

  const snippets = blocks("ts").map(({ name, text }) => [name, text] as const)

  it("have each an output that is expected, and there are no others", () => {
    expect(Object.keys(outputs).toSorted()).toEqual(snippets.map(([name]) => name).toSorted())
    for (const output of Object.values(outputs)) expect(output).not.toBe("")
  })

  it.each(snippets)("%s", (name, text) => {
    const file = join(work, `${name.replaceAll(/\W+/g, "-")}.ts`)
    writeFileSync(file, local(text))
    const { stderr, stdout } = spawnSync(process.execPath, [file], {
      encoding: "utf8",
      timeout: 20_000
    })
    expect(stderr).toBe("")
    expect(stdout).toContain(outputs[name])
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

  /** Those that are run here, and a part of what each prints. */
  const ran = [
    ["npm run simulate -- --list", "mesh-swarm"],
    ["npm run simulate -- mesh-swarm --nodes 20 --seed 7", "1 runs, "]
  ] as const

  it.each(ran)("%s says what it should", (command, sign) => {
    const [, , script = "", , ...args] = command.split(" ")
    const [, ...program] = scripts[script]?.split(" ") ?? []
    const { status, stderr, stdout } = spawnSync(process.execPath, [...program, ...args], {
      cwd: root,
      encoding: "utf8",
      timeout: 20_000
    })
    expect(stderr).toBe("")
    expect(stdout).toContain(sign)
    expect(status).toBe(0)
  })

  /** Those that meet each other below. */
  const met = ["npm run p2p -- node", "npm run p2p -- chat"] as const

  /** Those that are not run here, and why. */
  const others: Record<string, string> = {
    "npm ci": "it installs what this test runs on",
    "npm start": "test/programs/start.test.ts runs it",
    "npm test": "this is a part of it",
    "npm run verify": "this is a part of it",
    "npm run check": "npm run verify runs it, beside the tests",
    "npm run lint": "npm run verify runs it, and test/project/Lint.test.ts",
    "npm run fmt": "it would change what is tested",
    "npm run fmt:check": "npm run verify runs it",
    "npm run build": "test/project/Package.test.ts runs it",
    "npm run test:interop": "it installs old peers, and takes minutes",
    "npm run bench -- mesh": "it takes minutes; test/project/Bench.test.ts runs it with --quick",
    "npm run fuzz": "it takes minutes; test/project/Fuzz.test.ts runs some seconds of it",
    "npm run fuzz -- --seconds 600 --seed 1": "the same",
    "npm run simulate -- mesh-churn --seeds 100 --workers 2":
      "it takes a minute; test/programs/simulate runs fewer seeds",
    "npm run simulate -- mesh-loss --seed 7 --report report.html":
      "it writes a file into the clone; test/programs/simulate runs the like",
    "npm run variants": "it takes a minute; test/variants runs all of them",
    "npm run bench -- simulation": "the same, with --quick",
    "npm run variants -- its-name":
      "there is no such variant; test/variants/Command.test.ts runs one",
    "npm run variants -- silence-borne --keep": "test/variants/Command.test.ts runs the like",
    "npm run sweep": "it takes an hour; test/project/Sweep.test.ts runs a seed of two",
    "npm run sweep -- mesh-churn --seeds 200 --workers 2": "the same",
    "npm run example:presence": "it stays up; test/programs/presence runs its story",
    "npm run example:presence -- --once": "test/programs/presence/Presence.test.ts runs it",
    "npm run example:presence -- server --name one --http-port 8080 --listen tcp://127.0.0.1:44570":
      "port 8080 may be taken; test/programs/presence/Presence.test.ts runs three of them",
    "npm run example:presence -- server --name two --http-port 8081 --join tcp://127.0.0.1:44570":
      "the same"
  }

  it("are each run, or listed with the reason why not", () => {
    const isMet = (command: string) => met.some((start) => command.startsWith(start))
    const known = new Set<string>([...ran.map(([command]) => command), ...Object.keys(others)])
    expect(new Set(named.filter((command) => !isMet(command)))).toEqual(known)
  })

  it.each([
    ["nodes", met[0], ["--json"], '"state":"connected"'],
    ["chatters", met[1], [], "+ "]
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
