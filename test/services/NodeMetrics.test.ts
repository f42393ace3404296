import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Scope from "effect/Scope"
import { RELAY_CACHE_MAX_ENTRIES } from "../../src/domain/Limits.ts"
import { families, PROTOCOL_OUTCOMES, protocolMessages } from "../../src/services/MetricFamilies.ts"
import { readExposition } from "../suites/Exposition.ts"
import { simulate, startNode, type TestNode, until } from "../suites/Network.ts"
import { dialNode } from "../suites/RawPeer.ts"
import { peerCount, startSpeaker } from "../suites/Speakers.ts"
import { Said } from "../suites/TestProtocol.ts"

const exposed = Effect.map(PrometheusMetrics.format(), readExposition)

/** The value of a node's one series of a name with these labels. */
const reader = Effect.map(
  exposed,
  (found) =>
    (node: TestNode, name: string, labels: Readonly<Record<string, string>> = {}): number => {
      const wanted = { ...labels, node: node.mesh.id }
      const samples = (found.get(name)?.samples ?? []).filter(({ labels: own }) =>
        Object.entries(wanted).every(([key, value]) => own[key] === value)
      )
      if (samples.length !== 1) throw new Error(`${samples.length} series of ${name}`)
      return samples[0]?.value ?? Number.NaN
    }
)

/** With a registry of its own, whatever else the process measures. */
const measured = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.provideService(program, Metric.MetricRegistry, new Map())

const two = Effect.gen(function* () {
  const a = yield* startNode("a")
  const b = yield* startNode("b", { join: ["a"] })
  yield* until("connected", () => a.events.length === 1 && b.events.length === 1)
  return { a, b }
})

describe("NodeMetrics", () => {
  it("shows every family of every node, as Prometheus reads it", () => {
    const { found, ids } = simulate(
      measured(
        Effect.gen(function* () {
          const { a, b } = yield* two
          return { found: yield* exposed, ids: [a.mesh.id, b.mesh.id] }
        })
      )
    )
    expect([...found.keys()]).toEqual(families.map(({ name }) => name))
    for (const { description, name, series, type } of families) {
      const family = found.get(name)
      expect(family?.type).toBe(type.toLowerCase())
      expect(family?.help).toBe(description)
      expect(name.endsWith("_total")).toBe(type === "Counter")
      const expected = ids.flatMap((node) => series.map(({ labels }) => ({ ...labels, node })))
      expect(family?.samples.map(({ labels }) => labels)).toEqual(expected)
    }
  })

  it("leaves out a node that is to have none", () => {
    const text = simulate(
      measured(
        Effect.gen(function* () {
          yield* startNode("a", { metrics: false })
          return yield* PrometheusMetrics.format()
        })
      )
    )
    expect(text).toBe("")
  })

  it("counts what was said and heard", () => {
    simulate(
      measured(
        Effect.gen(function* () {
          const { a, b } = yield* two
          for (let i = 0; i < 10; i++) yield* a.mesh.broadcast(["said", i])
          yield* until("heard", () => b.received.length === 10)
          const read = yield* reader
          expect(read(a, "p2p_broadcasts_total")).toBe(10)
          expect(read(a, "p2p_messages_relayed_total")).toBe(10)
          expect(read(b, "p2p_broadcasts_total")).toBe(0)
          expect(read(a, "p2p_relay_cache_messages")).toBe(10)
          expect(read(a, "p2p_relay_cache_max_messages")).toBe(RELAY_CACHE_MAX_ENTRIES)
          // What one has sent the other has taken in, but for the two messages of the handshake.
          expect(read(a, "p2p_messages_sent_total")).toBe(
            read(b, "p2p_messages_received_total") + 2
          )
          expect(read(b, "p2p_messages_received_total")).toBeGreaterThanOrEqual(10)
          const unheard = read(a, "p2p_sent_bytes_total") - read(b, "p2p_received_bytes_total")
          expect(unheard).toBeGreaterThan(2 * 36)
          expect(unheard).toBeLessThan(2 * 400)
          expect(read(a, "p2p_outbox_bytes")).toBe(0)
        })
      )
    )
  })

  it("tells apart who has dialled, and keeps what ended connections have sent", () => {
    simulate(
      measured(
        Effect.gen(function* () {
          const a = yield* startNode("a")
          const scope = yield* Scope.make()
          const b = yield* Scope.provide(startNode("b", { join: ["a"] }), scope)
          const old = yield* dialNode("old", "a")
          yield* old.handshake()
          yield* until("open", () => a.events.length === 2 && b.events.length === 1)
          expect((yield* reader)(b, "p2p_peer_book_peers")).toBe(1)
          const before = yield* reader
          expect(before(b, "p2p_connections_open", { role: "Dialled", kind: "Ours" })).toBe(1)
          expect(before(a, "p2p_connections_open", { role: "Accepted", kind: "Ours" })).toBe(1)
          expect(before(a, "p2p_connections_open", { role: "Accepted", kind: "Old" })).toBe(1)
          expect(before(a, "p2p_connections_opened_total")).toBe(2)
          yield* Scope.close(scope, Exit.void)
          yield* until("gone", () => a.events.length === 3)
          yield* Effect.sleep(1_000)
          const after = yield* reader
          expect(after(a, "p2p_connections_ended_total", { reason: "Stopping" })).toBe(1)
          expect(after(a, "p2p_connections_open", { role: "Accepted", kind: "Ours" })).toBe(0)
          expect(after(a, "p2p_messages_sent_total")).toBeGreaterThanOrEqual(
            before(a, "p2p_messages_sent_total")
          )
          // A node that is gone leaves no series behind.
          expect(() => after(b, "p2p_broadcasts_total")).toThrow("0 series")
        })
      )
    )
  })

  it("counts refusals and handshakes under way, each under its reason", () => {
    simulate(
      measured(
        Effect.gen(function* () {
          const a = yield* startNode("a")
          const bad = yield* dialNode("bad", "a")
          yield* Effect.sleep(100)
          expect((yield* reader)(a, "p2p_connections_pending")).toBe(1)
          yield* bad.handshake()
          yield* until("open", () => a.events.length === 1)
          // A whisper of flags that are known, with nothing that belongs there.
          yield* bad.sayPacked(0, Uint8Array.of(0xc1))
          yield* Effect.sleep(100)
          const stranger = yield* dialNode("stranger", "a")
          yield* stranger.hello(99)
          yield* until("refused", () => a.events.length === 2)
          const found = yield* exposed
          const read = yield* reader
          const refusals = found.get("p2p_refusals_total")?.samples ?? []
          expect(refusals.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0)
          expect(read(a, "p2p_refusals_total", { reason: "Other" })).toBe(0)
          expect(read(a, "p2p_connections_refused_total", { reason: "WrongVersion" })).toBe(1)
          expect(read(a, "p2p_connections_pending")).toBe(0)
        })
      )
    )
  })

  it("counts restarts and escalations", () => {
    simulate(
      measured(
        Effect.gen(function* () {
          const { a } = yield* two
          const actor = (yield* a.supervisor.actors).get("PeerConnection/1/reader")
          for (let i = 0; i < 6; i++) {
            actor?.crash(new Error(`defect ${i}`))
            yield* until("restarted or given up", () => actor?.isRunning() === i < 5)
          }
          yield* Effect.sleep(100)
          const read = yield* reader
          expect(read(a, "p2p_actor_restarts_total")).toBe(5)
          expect(read(a, "p2p_actor_escalations_total")).toBe(1)
          expect(read(a, "p2p_connections_ended_total", { reason: "Escalated" })).toBe(1)
        })
      )
    )
  })

  it("has a series for each protocol and outcome, while the node has the protocol", () => {
    const { after, before } = simulate(
      measured(
        Effect.gen(function* () {
          const scope = yield* Scope.make()
          const a = yield* Scope.provide(startSpeaker("a"), scope)
          const b = yield* Scope.provide(startSpeaker("b", { join: ["a"] }), scope)
          yield* until("connected", () => peerCount(a) === 1 && peerCount(b) === 1)
          for (const text of ["hello", "die"]) yield* a.test.broadcast(new Said({ text }))
          yield* until("heard", () => b.heard.length === 1 && b.problems.length === 1)
          const before = (yield* exposed).get(protocolMessages.name)?.samples ?? []
          yield* Scope.close(scope, Exit.void)
          const after = yield* PrometheusMetrics.format()
          return { before: before.filter(({ labels }) => labels.node === b.test.id), after }
        })
      )
    )
    expect(before.map(({ labels, value }) => [labels.protocol, labels.outcome, value])).toEqual(
      PROTOCOL_OUTCOMES.map((outcome) => [
        "test",
        outcome,
        { received: 2, handled: 1, failed: 1, malformed: 0, refused: 0, dropped: 0, forged: 0 }[
          outcome
        ]
      ])
    )
    expect(after).toBe("")
  })

  it("has the table that the document shows", () => {
    const url = new URL("../../docs/observability.md", import.meta.url)
    const rows = readFileSync(url, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| `p2p_"))
      .map((line) => line.split("|").map((cell) => cell.trim()))
      .map(([, name, type, unit, labels, meaning]) => ({ name, type, unit, labels, meaning }))
    const ofProtocols = { ...protocolMessages, series: [{ labels: { protocol: "", outcome: "" } }] }
    expect(rows).toEqual(
      [...families, ofProtocols].map(({ description, name, series, type, unit }) => ({
        name: `\`${name}\``,
        type: type.toLowerCase(),
        unit,
        labels: Object.keys(series[0]?.labels ?? {})
          .map((label) => `\`${label}\``)
          .join(", "),
        meaning: description
      }))
    )
  })
})
