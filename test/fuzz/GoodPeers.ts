/** Two honest nodes that are connected by the one under attack, and broadcast to each other all the while. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Address } from "../../src/domain/Address.ts"
import * as NodeMeshNode from "../../src/layers/NodeMeshNode.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import { SUBNET_NAME } from "./Speech.ts"

/** Broadcasts under way each way. */
const WINDOW = 64
const PAYLOAD_BYTES = 100

/** Longest that a broadcast may take before it is called lost, in milliseconds. */
const LOST_MILLIS = 20_000

/** One way: what was sent, and has not arrived. */
class Way {
  delivered = 0
  private readonly name: string
  private readonly say: (payload: ReadonlyArray<string | number | Uint8Array>) => void
  private readonly report: (problem: string) => void
  private readonly outstanding = new Map<number, number>()
  private readonly padding = new Uint8Array(PAYLOAD_BYTES)
  private sent = 0
  private isRunning = false

  constructor(name: string, say: Way["say"], report: Way["report"]) {
    this.name = name
    this.say = say
    this.report = report
  }

  start(): void {
    this.isRunning = true
    while (this.outstanding.size < WINDOW) this.send()
  }

  stop(): void {
    this.isRunning = false
  }

  hear(payload: ReadonlyArray<unknown>): void {
    if (payload[0] !== this.name || typeof payload[1] !== "number") return
    if (!this.outstanding.delete(payload[1])) this.report(`${payload[1]} arrived twice`)
    this.delivered++
    if (this.isRunning) this.send()
  }

  /** How many have not arrived; says which have been away for too long. */
  look(): number {
    for (const [number, sinceMillis] of this.outstanding) {
      if (performance.now() - sinceMillis < LOST_MILLIS) break
      this.outstanding.delete(number)
      this.report(`${number} was lost`)
      if (this.isRunning) this.send()
    }
    return this.outstanding.size
  }

  private send(): void {
    const number = this.sent++
    this.outstanding.set(number, performance.now())
    this.say([this.name, number, this.padding])
  }
}

export class GoodPeers {
  /** What should not have happened. */
  readonly problems: Array<string> = []
  private readonly scope = Effect.runSync(Scope.make())
  private ways: ReadonlyArray<Way> = []

  /** Broadcasts delivered so far, both ways. */
  get delivered(): number {
    return this.ways.reduce((sum, { delivered }) => sum + delivered, 0)
  }

  /** Connects both, and begins. */
  async start(port: number): Promise<void> {
    const a = await this.join("a", port)
    const b = await this.join("b", port)
    const way = (name: string, from: Mesh["Service"]) =>
      new Way(
        name,
        (payload) => {
          Effect.runFork(from.broadcast(payload))
        },
        (problem) => this.problems.push(`broadcast ${name}: ${problem}`)
      )
    const ab = way("a to b", a)
    const ba = way("b to a", b)
    this.ways = [ab, ba]
    this.hear(b, ab)
    this.hear(a, ba)
    ab.start()
    ba.start()
  }

  /** Sends no more, and waits for what is under way. */
  async finish(): Promise<void> {
    for (const way of this.ways) way.stop()
    while (this.look() > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await Effect.runPromise(Scope.close(this.scope, Exit.void))
  }

  /** How many broadcasts are under way. */
  look(): number {
    return this.ways.reduce((sum, way) => sum + way.look(), 0)
  }

  private async join(name: string, port: number): Promise<Mesh["Service"]> {
    const layer = NodeMeshNode.layer({
      subnets: [SUBNET_NAME],
      join: [new Address({ scheme: "tcp", host: "127.0.0.1", port })],
      maxOutgoing: 1
    })
    const mesh = Context.get(await Effect.runPromise(Layer.buildWithScope(layer, this.scope)), Mesh)
    await Effect.runPromise(Stream.runHead(mesh.peerEvents))
    // From here on the connection must last: its events begin with itself.
    const later = Stream.drop(mesh.peerEvents, 1)
    const watch = Stream.runForEach(later, (event) =>
      Effect.sync(() => this.problems.push(`peer ${name}: ${event._tag}`))
    )
    Effect.runFork(Scope.provide(Effect.forkScoped(watch), this.scope))
    return mesh
  }

  private hear(mesh: Mesh["Service"], way: Way): void {
    const consume = Effect.gen(function* () {
      const { takeAll } = yield* mesh.subscribe
      while (true) for (const { payload } of yield* takeAll) way.hear(payload)
    })
    Effect.runFork(Scope.provide(consume, this.scope))
  }
}
