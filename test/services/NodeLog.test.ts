import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import { LOG_LINES_MAX, LOG_WINDOW_MILLIS } from "../../src/domain/Limits.ts"
import * as MemoryJournal from "../../src/layers/MemoryJournal.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { run, Simulation } from "../../src/layers/simulation/Simulation.ts"
import { Journal, JournalError } from "../../src/services/Journal.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import { Supervisor } from "../../src/services/Supervisor.ts"
import { addressOf, simulate, startNode, until } from "../suites/Network.ts"
import { dialNode } from "../suites/RawPeer.ts"
import { collect } from "../suites/Spans.ts"
import { twoNodes } from "../sim/TwoNodes.ts"

interface Line {
  readonly node: unknown
  readonly level: LogLevel.LogLevel
  readonly message: unknown
  /** The annotations but for the node. */
  readonly [annotation: string]: unknown
}

/** Runs a program with a logger that keeps its lines. */
const logged = <A, E, R>(level: LogLevel.LogLevel, program: Effect.Effect<A, E, R>) => {
  const lines: Array<Line> = []
  const logger = Logger.make(({ fiber, logLevel, message }) => {
    const annotations = fiber.getRef(References.CurrentLogAnnotations)
    const [text] = Array.isArray(message) ? message : [message]
    lines.push({ node: undefined, ...annotations, level: logLevel, message: text })
  })
  const effect = program.pipe(
    Effect.provide(Logger.layer([logger])),
    Effect.provideService(References.MinimumLogLevel, level)
  )
  return { effect, lines }
}

const ofNode = (lines: ReadonlyArray<Line>, node: string) =>
  lines.filter((line) => line.node === node)

describe("NodeLog", () => {
  it("tells the story of each node under its id", () => {
    const { effect, lines } = logged(
      "Debug",
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const scope = yield* Scope.make()
        const b = yield* Scope.provide(startNode("b", { join: ["a", "nobody"] }), scope)
        yield* until("connected", () => a.events.length === 1 && b.events.length >= 2)
        const stranger = yield* dialNode("stranger", "a")
        yield* stranger.hello(99)
        yield* until("refused", () => a.events.length === 2)
        yield* Scope.close(scope, Exit.void)
        yield* until("gone", () => a.events.length === 3)
        return { a: a.mesh.id, b: b.mesh.id }
      })
    )
    const { a, b } = simulate(effect)
    const level = "Debug"
    const known = { subnet: "mesh", kind: "Ours" }
    const atB = { address: "memory://b:4000", peer: b }
    expect(ofNode(lines, a)).toMatchObject([
      { level, message: "listening", address: "memory://a:4000" },
      { level, message: "peer connected", ...atB, ...known, role: "Accepted" },
      { level, message: "connection refused", role: "Accepted", reason: "WrongVersion", by: "Us" },
      { level, message: "peer disconnected", ...atB, reason: "Stopping", by: "Peer" },
      { level, message: "stopping" }
    ])
    const atA = { address: "memory://a:4000", peer: a }
    const story = ofNode(lines, b)
    expect(story.filter(({ message }) => message !== "dial failed")).toMatchObject([
      { level, message: "listening", address: "memory://b:4000" },
      { level, message: "peer connected", ...atA, ...known, role: "Dialled" },
      { level, message: "stopping" },
      { level, message: "peer disconnected", ...atA, reason: "Stopping", by: "Us" }
    ])
    expect(story).toContainEqual(
      expect.objectContaining({ level, message: "dial failed", address: "memory://nobody:4000" })
    )
    expect(lines.every((line) => line.node === a || line.node === b)).toBe(true)
  })

  it("says nothing at the default level of a node that is well", () => {
    const { effect, lines } = logged("Info", twoNodes)
    expect(Exit.isSuccess(run(effect, { seed: 1 }).exit)).toBe(true)
    expect(lines).toEqual([])
  })

  it("warns of an actor that fails, and tells of one that is given up as an error", () => {
    const { effect, lines } = logged(
      "Info",
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const actor = (yield* a.supervisor.actors).get("Listener/memory://a:4000")
        yield* until("started", () => actor?.isRunning() === true)
        for (let i = 0; i < 6; i++) {
          actor?.crash(new Error("a defect\nERROR forged"))
          yield* until("restarted or given up", () => actor?.isRunning() === i < 5)
        }
        return a.mesh.id
      })
    )
    const node = simulate(effect)
    const actor = "Listener/memory://a:4000"
    const told = ofNode(lines, node)
    expect(told).toHaveLength(11)
    expect(told[0]).toEqual({
      node,
      level: "Warn",
      message: "actor failed",
      actor,
      failure: "Error: a defect\uFFFDERROR forged",
      delayMillis: expect.any(Number)
    })
    expect(told[1]).toEqual({ node, level: "Warn", message: "actor restarted", actor, restarts: 1 })
    expect(told[10]).toMatchObject({ level: "Error", message: "actor given up", actor })
  })

  it("warns of a journal that keeps nothing", () => {
    // It takes the node's id, and nothing more.
    const journal = Layer.sync(Journal, () => {
      const kept = MemoryJournal.make(new Map())
      return Journal.of({
        ...kept,
        append: (batch) =>
          batch.stream === "Identity"
            ? kept.append(batch)
            : new JournalError({ reason: "Append", stream: batch.stream, detail: "disk full" })
      })
    })
    const { effect, lines } = logged(
      "Info",
      Effect.gen(function* () {
        const { node } = yield* Simulation
        const options = { subnets: ["mesh"], join: [addressOf("nobody")] } as const
        const context = yield* node("a", Layer.provide(MeshNode.layer(options), journal))
        expect(Context.get(context, Supervisor).counters.journalFailures).toBeGreaterThan(0)
        return Context.get(context, Mesh).id
      })
    )
    const node = simulate(effect)
    expect(ofNode(lines, node)[0]).toEqual({
      node,
      level: "Warn",
      message: "journal not written",
      actor: "PeerBook",
      failure: 'JournalError: journal stream "PeerBook": Append: disk full'
    })
  })

  it("has a budget for what others can bring about at will", () => {
    const { effect, lines } = logged(
      "Debug",
      Effect.gen(function* () {
        const a = yield* startNode("a")
        for (let i = 0; i < LOG_LINES_MAX + 20; i++) {
          const stranger = yield* dialNode(`stranger${i}`, "a")
          yield* stranger.hello(99)
          yield* until("refused", () => a.events.length === i + 1)
        }
        yield* Effect.sleep(LOG_WINDOW_MILLIS)
        const stranger = yield* dialNode("stranger", "a")
        yield* stranger.hello(99)
        yield* until("refused", () => a.events.length === LOG_LINES_MAX + 21)
      })
    )
    simulate(effect)
    const refused = lines.filter(({ message }) => message === "connection refused")
    expect(refused).toHaveLength(LOG_LINES_MAX + 1)
    expect(refused.at(-1)).toMatchObject({ withheld: 20 })
    expect(refused.at(-2)).not.toHaveProperty("withheld")
  })

  it("changes nothing of a simulation, nor do spans", () => {
    const plain = run(twoNodes, { seed: 3 })
    const { effect, lines } = logged("Trace", twoNodes)
    const { spans, tracer } = collect()
    const watched = run(Effect.withTracer(effect, tracer), { seed: 3 })
    expect(lines.length).toBeGreaterThan(4)
    expect(spans.length).toBeGreaterThan(20)
    expect(watched.trace).toBe(plain.trace)
    expect(watched.elapsedMillis).toBe(plain.elapsedMillis)
  })
})
