// The packed package, as somebody gets it who installs it: in an empty project, with the pinned Node.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import manifest from "../../package.json" with { type: "json" }

const root = fileURLToPath(new URL("../..", import.meta.url))
const project = mkdtempSync(join(tmpdir(), "package-"))
afterAll(() => rmSync(project, { recursive: true, force: true }))

const run = (command: string, args: ReadonlyArray<string>, cwd = project) =>
  execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000
  })

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

const chatProtocol = `
import { Effect, Layer, Queue, Schema } from "effect"
import { Protocol } from "effect-p2p"

export class Said extends Schema.TaggedClass<Said>()("Said", {
  room: Schema.String,
  text: Schema.String.check(Schema.isMaxLength(200))
}) {}
export class WhoIsHere extends Schema.TaggedClass<WhoIsHere>()("WhoIsHere", { room: Schema.String }) {}
export class History extends Schema.TaggedClass<History>()("History", { room: Schema.String }) {}
export class NoSuchRoom extends Schema.TaggedError<NoSuchRoom>()("NoSuchRoom", {
  room: Schema.String
}) {}

export class Chat extends Protocol.Service<Chat>()("their-chat", {
  version: 3,
  minVersion: 2,
  messages: [
    Protocol.message(0x90, Said),
    Protocol.request(0x91, WhoIsHere, { answer: Schema.Array(Schema.String), error: NoSuchRoom }),
    Protocol.request(0x92, History, { answer: Schema.Array(Said), error: NoSuchRoom })
  ]
}) {}

/** What a chatter of some name hears, and what it answers. */
export const chatter = Effect.fnUntraced(function* (nick: string, room: string) {
  const heard = yield* Queue.unbounded<Said>()
  const lines: Array<Said> = []
  const inRoom = <A>(asked: string, value: A): Effect.Effect<A, NoSuchRoom> =>
    asked === room ? Effect.succeed(value) : new NoSuchRoom({ room: asked })
  const layer: Layer.Layer<Chat, Protocol.ProtocolError, Protocol.Protocols> = Chat.layer({
    Said: (said, sender: Protocol.Sender) =>
      Effect.andThen(
        Effect.annotateLogs(Effect.logDebug(said.text), { from: sender.id }),
        Effect.sync(() => {
          lines.push(said)
          Queue.offerUnsafe(heard, said)
        })
      ),
    WhoIsHere: ({ room: asked }) => inRoom(asked, [nick]),
    History: ({ room: asked }) => inRoom(asked, lines)
  })
  return { layer, heard: Queue.take(heard) }
})
`

const chatProgram = `
import { Context, Effect, Layer, Stream } from "effect"
import { Address, Mesh, MeshNode, Transport } from "effect-p2p"
import * as NodeMeshNode from "effect-p2p/layers/NodeMeshNode"
import { run, Simulation } from "effect-p2p/layers/simulation/Simulation"
import { Chat, chatter, History, Said, WhoIsHere } from "./chat.ts"

/** One story, wherever the nodes are: two chatters, of whom one speaks and the other asks. */
const story = <E, R>(
  start: (
    name: string,
    join: ReadonlyArray<Address.Address>,
    chat: Effect.Success<ReturnType<typeof chatter>>["layer"]
  ) => Effect.Effect<Context.Context<Chat | Mesh.Mesh>, E, R>
) =>
  Effect.gen(function* () {
    const ana = yield* chatter("ana", "lobby")
    const ben = yield* chatter("ben", "lobby")
    const a = yield* start("a", [], ana.layer)
    const b = yield* start("b", Context.get(a, Mesh.Mesh).listening, ben.layer)
    const chat = Context.get(b, Chat)
    yield* Stream.runHead(chat.announcements)
    yield* chat.broadcast(new Said({ room: "lobby", text: "hello" }))
    const { text } = yield* ana.heard
    const { id } = Context.get(a, Mesh.Mesh)
    const who = yield* chat.ask(id, new WhoIsHere({ room: "lobby" }))
    const history = yield* chat.ask(id, new History({ room: "lobby" }), { timeout: "5 seconds" })
    const error = yield* Effect.flip(chat.ask(id, new History({ room: "cellar" })))
    return [text, ...who, history[0] instanceof Said, error._tag].join(" ")
  })

const live = story((_name, join, chat) =>
  Layer.build(
    chat.pipe(
      Layer.provideMerge(
        NodeMeshNode.layer({
          subnets: ["theirs"],
          listen: [new Address.Address({ scheme: "tcp", host: "127.0.0.1", port: 0 })],
          join
        })
      )
    )
  )
)

const simulated = Effect.gen(function* () {
  const { node } = yield* Simulation
  return yield* story((name, join, chat) => {
    const listen = [new Address.Address({ scheme: "memory", host: name, port: 1 })]
    const over = MeshNode.layer({ subnets: ["theirs"], listen, join })
    return node(name, Layer.provideMerge(chat, over))
  })
})

console.log(await Effect.runPromise(Effect.scoped(live)))
const [one, two] = [run(simulated, { seed: 5 }), run(simulated, { seed: 5 })]
console.log(one.exit._tag === "Success" ? one.exit.value : one.exit.cause)
console.log(one.trace === two.trace, one.trace === run(simulated, { seed: 6 }).trace)
export type Unused = Transport.Transport
`

/** The tutorial of docs/simulation.md: a service, its test, and a part of the service that is better. */
const [counter = "", counterTest = "", betterPart = ""] = [
  ...readFileSync(join(root, "docs/simulation.md"), "utf8").matchAll(
    /```typescript\n([\s\S]*?)```/g
  )
].map(([, text]) => text)

const strict =
  "--noEmit --allowImportingTsExtensions --strict --exactOptionalPropertyTypes --target es2024 --module nodenext " +
  "--types node --skipLibCheck false"

describe("the packed package", () => {
  beforeAll(() => {
    run("npm", ["run", "build"], root)
    run("npm", ["pack", "--ignore-scripts", "--pack-destination", project], root)
    const archive = readdirSync(project).find((file) => file.endsWith(".tgz")) ?? ""
    writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", private: true }))
    writeFileSync(join(project, "main.ts"), program)
    writeFileSync(join(project, "chat.ts"), chatProtocol)
    writeFileSync(join(project, "chatMain.ts"), chatProgram)
    writeFileSync(join(project, "counter.ts"), counter)
    writeFileSync(join(project, "counter.test.ts"), counterTest)
    run("npm", [
      "install",
      "--ignore-scripts",
      "--prefer-offline",
      `./${archive}`,
      `effect@${effect}`,
      `@effect/platform-node@${manifest.devDependencies["@effect/platform-node"]}`,
      `@types/node@${manifest.devDependencies["@types/node"]}`,
      `@effect/vitest@${manifest.devDependencies["@effect/vitest"]}`,
      `vitest@${manifest.devDependencies.vitest}`,
      `typescript@${typescript}`
    ])
  }, 170_000)

  it("type-checks where nothing is relaxed", () => {
    run("npx", ["tsc", ...strict.split(" "), "main.ts", "chatMain.ts", "counter.test.ts"])
  })

  it("is what the tutorial of docs/simulation.md says: its test finds the fault, and holds without it", () => {
    // As from a shell: without what this test runner has set.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST|NODE_|CI$)/.test(name))
    )
    const test = () => {
      const { status, stdout } = spawnSync(
        process.execPath,
        ["node_modules/vitest/vitest.mjs", "run"],
        { cwd: project, env: { ...env, NO_COLOR: "1" }, encoding: "utf8", timeout: 120_000 }
      )
      return { status, stdout }
    }
    const fault = "Error [NotSeenError]: not seen within 60000 ms: 10 at every node"
    expect(readFileSync(join(root, "docs/simulation.md"), "utf8")).toContain(fault)
    const before = test()
    expect(before.stdout).toContain(fault)
    expect(before.stdout).toMatch(/Tests +5 failed \(5\)/)
    expect(before.status).toBe(1)
    const better = counter.replace(/ {4}const service = [\s\S]*?\n {4}\}\)\n/, () => betterPart)
    expect(better).not.toBe(counter)
    writeFileSync(join(project, "counter.ts"), better)
    const after = test()
    expect(after.stdout).toMatch(/Tests +5 passed \(5\)/)
    expect(after.status).toBe(0)
  })

  it("has all that a third party needs for a protocol of its own, on sockets and in simulation", () => {
    const story = "hello ana true NoSuchRoom"
    expect(run(process.execPath, ["chatMain.ts"]).trim().split("\n")).toEqual([
      story,
      story,
      "true false"
    ])
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
