import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { NodeId } from "../../src/domain/Ids.ts"
import { traced } from "../../src/services/Traced.ts"
import { simulate, startNode, until } from "../suites/Network.ts"
import { dialNode } from "../suites/RawPeer.ts"
import { collect, endOf } from "../suites/Spans.ts"

const attributes = (span: Tracer.Span | undefined) => Object.fromEntries(span?.attributes ?? [])

const failureOf = (span: Tracer.NativeSpan | undefined): unknown =>
  span?.status._tag === "Ended" && Exit.isFailure(span.status.exit)
    ? Cause.squash(span.status.exit.cause)
    : undefined

/** Two nodes that say things to each other, and to nobody; the second one stops. */
const story = Effect.gen(function* () {
  const a = yield* startNode("a")
  const scope = yield* Scope.make()
  const b = yield* Scope.provide(startNode("b", { join: ["a"] }), scope)
  yield* until("connected", () => a.events.length === 1 && b.events.length === 1)
  const { id } = yield* b.mesh.broadcast(["hello"])
  yield* until("heard", () => a.received.length === 1)
  yield* a.mesh.send(b.mesh.id, ["only you"])
  yield* a.mesh.reply({ sender: b.mesh.id }, ["an answer"])
  yield* Effect.exit(a.mesh.send(NodeId.make("stranger"), []))
  yield* Effect.exit(a.mesh.reply({ sender: NodeId.make("stranger") }, []))
  yield* Scope.close(scope, Exit.void)
  return { a: a.mesh.id, b: b.mesh.id, message: id }
})

describe("spans", () => {
  it("are there for what a user calls, with what it was about", () => {
    const { named, tracer } = collect()
    const { a, b, message } = simulate(Effect.withTracer(story, tracer))

    const [broadcast] = named("Mesh.broadcast")
    expect(named("Mesh.broadcast")).toHaveLength(1)
    // An array of one flag and one text of five letters.
    const told = { "p2p.node": b, "p2p.bytes": 8, "p2p.message": message }
    expect(attributes(broadcast)).toEqual(told)

    const [sent, unsent] = named("Mesh.send")
    expect(attributes(sent)).toEqual({ "p2p.node": a, "p2p.peer": b, "p2p.bytes": 11 })
    expect(sent?.status).toMatchObject({ _tag: "Ended", exit: Exit.void })
    expect(failureOf(unsent)).toMatchObject({ _tag: "UnreachableError", reason: "NotConnected" })

    const [replied, unanswered] = named("Mesh.reply")
    expect(attributes(replied)).toEqual({ "p2p.node": a, "p2p.peer": b, "p2p.bytes": 12 })
    expect(failureOf(unanswered)).toMatchObject({ _tag: "UnreachableError", reason: "Unknown" })
    const [search] = named("PeerRequests.reach")
    expect(search?.parent).toEqual(Option.some(unanswered))
    expect(attributes(search)).toEqual({ "p2p.node": a, "p2p.peer": "stranger" })
  })

  it("are there for a node's start and stop, and nothing is a child of them", () => {
    const { named, spans, tracer } = collect()
    const { a, b } = simulate(Effect.withTracer(story, tracer))
    expect(named("MeshNode.start").map(attributes)).toEqual([{ "p2p.node": a }, { "p2p.node": b }])
    expect(named("MeshNode.stop").map(attributes)).toEqual([{ "p2p.node": b }, { "p2p.node": a }])
    expect(spans.filter((span) => endOf(span) === "Open")).toEqual([])
    const parents = spans.flatMap(({ parent }) =>
      Option.isSome(parent) && parent.value._tag === "Span" ? [parent.value.name] : []
    )
    expect(parents.every((name) => name === "Mesh.reply")).toBe(true)
  })

  it("a dial ends with the handshake, or with what came in between", () => {
    const { named, tracer } = collect()
    const { a } = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const b = yield* startNode("b", { join: ["a", "nobody"] })
        const c = yield* startNode("c", { join: ["a"], subnets: ["elsewhere"] })
        yield* until("told", () => [a, b, c].every(({ events }) => events.length > 0))
        yield* until("all told", () => a.events.length >= 2 && b.events.length >= 2)
        const reached = named("Peers.dial").find((span) => endOf(span) === "Success")
        // The connection is still there: what it comes to later is not the dial's.
        expect(reached).toBeDefined()
        return { a: a.mesh.id }
      }).pipe(Effect.withTracer(tracer))
    )
    const dials = named("Peers.dial")
    const to = (address: string, subnet: string) =>
      dials.find(
        ({ attributes }) =>
          attributes.get("p2p.address") === address && attributes.get("p2p.subnet") === subnet
      )
    expect(attributes(to("memory://a:4000", "mesh"))).toMatchObject({ "p2p.peer": a })
    expect(failureOf(to("memory://nobody:4000", "mesh"))).toMatchObject({
      _tag: "TransportError",
      reason: "Dial"
    })
    expect(failureOf(to("memory://a:4000", "elsewhere"))).toMatchObject({
      _tag: "ConnectionError",
      reason: "WrongSubnet"
    })
  })

  it("a node that can't start has a span that says so", () => {
    const { named, tracer } = collect()
    const exit = simulate(Effect.exit(Effect.withTracer(startNode("a", { subnets: [""] }), tracer)))
    expect(Exit.isFailure(exit)).toBe(true)
    expect(failureOf(named("MeshNode.start")[0])).toMatchObject({ _tag: "NodeOptionsError" })
    expect(named("MeshNode.stop")).toEqual([])
  })

  it("are not made without a tracer, and what they would say is not asked for", () => {
    let asked = 0
    const say = () => ({ asked: asked++ })
    const quiet = traced("quiet", Effect.currentSpan, say, say)
    expect(Exit.isFailure(Effect.runSync(Effect.exit(quiet)))).toBe(true)
    expect(asked).toBe(0)
    const { spans, tracer } = collect()
    Effect.runSync(Effect.withTracer(quiet, tracer))
    expect(asked).toBe(2)
    expect(spans).toHaveLength(1)
  })

  it("make a user's own span none of theirs", () => {
    // Without a tracer of its own a fiber's spans are Effect's native ones, which nobody exports.
    const span = simulate(
      Effect.gen(function* () {
        const a = yield* startNode("a")
        const peer = yield* dialNode("old", "a")
        yield* peer.handshake()
        yield* until("open", () => a.events.length === 1)
        yield* a.mesh.broadcast(["hello"])
        return yield* Effect.currentSpan
      }).pipe(Effect.withSpan("mine"))
    )
    expect(attributes(span)).toEqual({})
  })
})
