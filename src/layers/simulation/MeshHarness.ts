/**
 * A network of mesh nodes under test: the nodes, what they say, and all that is seen of them.
 *
 * The nodes are what `MeshNode.layer` makes; the harness is a user of theirs like any other.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { Connections } from "../../services/Connections.ts"
import { type Message, Mesh } from "../../services/Mesh.ts"
import type { PeerConnection } from "../../services/PeerConnection.ts"
import { Peers } from "../../services/Peers.ts"
import { RelayCache } from "../../services/RelayCache.ts"
import { Supervisor } from "../../services/Supervisor.ts"
import * as MeshNode from "../MeshNode.ts"
import { ANSWER, type Broadcast, Broadcasts } from "./Broadcasts.ts"
import type { Means } from "./Chaos.ts"
import { cast, type Subject } from "./MeshCast.ts"
import * as MeshSometimes from "./MeshSometimes.ts"
import { checkLimits, checkReplay, type Parts } from "./NodeChecks.ts"
import * as Network from "./Network.ts"
import type { ScenarioConfig } from "./ScenarioConfig.ts"
import { SeededRandom } from "./SeededRandom.ts"
import { Simulation } from "./Simulation.ts"
import { Sometimes } from "./Sometimes.ts"
import type { TraceEvent } from "./Trace.ts"
import { type Invariant, Violation } from "./Violation.ts"
import * as Wholeness from "./Wholeness.ts"

/** Violations that are kept. */
const VIOLATIONS_MAX = 20

/** What an actor says that was killed on purpose. */
const KILLED = "killed by the simulation"

/** Milliseconds between two looks at all nodes, and looks between two comparisons of a node with its journal. */
const LOOK_MILLIS = 1_000
const REPLAY_LOOKS = 10

/** Nodes up to which each is compared with its journal at every look: what is wrong may be so for a moment only. */
const CLOSE_NODES_MAX = 16

/** Times that one actor is killed within a window at most, so that it is not given up for it. */
const KILLS_MAX = 2
const KILLS_WINDOW_MILLIS = 20_000

/**
 * Times that one node dials another within a window at most: a dozen by its back-off, and some for each time that
 * it starts again, loses a write or is asked to find the other.
 */
const DIALS_MAX = 40
const DIALS_WINDOW_MILLIS = 60_000

/** Nodes up to which each has metrics, as a node in service has: they take 100 KiB each. */
const METRICS_NODES_MAX = 64

/** What an actor's name begins with, before what numbers it. */
const kindOf = (actor: string): string | undefined => actor.split("/")[0]

/** Options of nodes beside those that a harness sets. */
export type NodeOptions = Partial<Omit<MeshNode.MeshNodeOptions, "subnets" | "listen" | "join">>

export class MeshHarness {
  readonly config: ScenarioConfig
  readonly seed: number | string
  readonly subjects: ReadonlyArray<Subject>
  readonly broadcasts: Broadcasts
  readonly sometimes = new Sometimes(MeshSometimes.NAMES)
  readonly violations: Array<Violation> = []
  /** Sums over all lives that have ended. */
  readonly sums = new Map<string, number>()
  /** Fails nothing: it is done once an invariant did not hold. */
  readonly broken = Deferred.makeUnsafe<void>()
  readonly network
  /** Connections that are there, and the nodes' ids. */
  connected = 0
  elapsedMillis = 0
  private readonly options: NodeOptions
  private readonly byName = new Map<string, Subject>()
  private readonly names = new Map<string, string>()
  private readonly kills = new Map<string, ReadonlyArray<number>>()
  /** When each node has dialled each other, within the window. */
  private readonly dials = new Map<string, Array<number>>()
  /** The supervisor of each node's last life that has ended. */
  private readonly ended = new Map<string, Supervisor["Service"]>()
  private simulation: Simulation["Service"] | undefined
  private lookAtMillis = LOOK_MILLIS
  private looks = 0
  private checks: Array<() => void> = []

  constructor(config: ScenarioConfig, seed: number | string, options: NodeOptions = {}) {
    this.config = config
    this.seed = seed
    this.options = options
    this.subjects = cast(config, seed)
    for (const subject of this.subjects) this.byName.set(subject.name, subject)
    this.broadcasts = new Broadcasts(this.subjects.length)
    this.network = Network.make({
      layer: (name) => this.layerOf(name),
      onStart: ({ name }, context) => this.onStart(name, context)
    })
  }

  // ---- The nodes

  private layerOf(name: string) {
    const subject = this.byName.get(name)
    return MeshNode.layer({
      maxOutgoing: this.config.outgoing,
      metrics: this.subjects.length <= METRICS_NODES_MAX,
      ...this.options,
      subnets: [subject?.subnet ?? name],
      listen: [Network.addressOf(name)],
      join: (subject?.joins ?? []).map(Network.addressOf)
    })
  }

  private readonly onStart = Effect.fnUntraced(
    { self: this },
    function* (
      name: string,
      context: Context.Context<Layer.Success<ReturnType<typeof MeshNode.layer>>>
    ) {
      const subject = this.byName.get(name)
      if (subject === undefined) return
      const parts: Parts = {
        mesh: Context.get(context, Mesh),
        connections: Context.get(context, Connections),
        peers: Context.get(context, Peers),
        cache: Context.get(context, RelayCache),
        supervisor: Context.get(context, Supervisor)
      }
      const life = ++subject.life
      subject.parts = parts
      this.identify(subject, parts.mesh.id)
      const isAlive = () => subject.life === life && this.simulation?.isUp(name) === true
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          MeshSometimes.settle(this.sometimes, this.sums, parts)
          this.ended.set(name, parts.supervisor)
          if (subject.parts === parts) subject.parts = undefined
        })
      )
      const { takeAll } = yield* parts.mesh.subscribe
      const hear = Effect.gen({ self: this }, function* () {
        for (const message of yield* takeAll) {
          // What a dead life still hears, nobody is told of.
          if (!isAlive()) return
          this.hear(subject, message)
          if (message.flag === "whisper" || !this.broadcasts.isAsked(subject, message.payload))
            continue
          const answer = parts.mesh.reply(message, [ANSWER, message.payload[0] ?? null])
          yield* Effect.forkScoped(Effect.ignore(answer))
        }
      })
      yield* Effect.forkScoped(Effect.ignore(Effect.forever(hear)))
    }
  )

  private identify(subject: Subject, id: string): void {
    const { life, name } = subject
    const before = this.names.get(id)
    if (life === 1 && before === undefined) this.names.set(id, name)
    else if (before !== name) {
      this.report(
        "SameIdentity",
        name,
        `${id} in its life ${life}, of ${before ?? "nobody"} before`
      )
    } else if ((this.simulation?.disk(name).storage.get("PeerBook")?.length ?? 0) > 0) {
      this.sometimes.sometimes(MeshSometimes.RESTARTED)
    }
  }

  private hear(subject: Subject, { flag, payload, sender }: Message): void {
    const { broadcasts } = this
    const before = broadcasts.repeats
    const name = this.names.get(sender)
    const wrong =
      flag === "whisper"
        ? broadcasts.hearAnswer(subject, name, payload)
        : broadcasts.hear(subject, name, payload)
    if (wrong !== undefined) this.report(wrong.invariant, subject.name, wrong.detail)
    this.sometimes.sometimes(MeshSometimes.HEARD_AGAIN, broadcasts.repeats - before)
  }

  /** Starts all nodes, within a second. */
  readonly start = Effect.gen({ self: this }, function* () {
    this.simulation = yield* Simulation
    for (const { name } of this.subjects) {
      yield* this.network.start(name)
      yield* Effect.sleep(LOOK_MILLIS / this.subjects.length)
    }
  })

  /**
   * Has a node say something that nobody else could, and ask another to answer, if so; nothing where it is
   * down.
   */
  readonly broadcast = Effect.fnUntraced(
    { self: this },
    function* (subject: Subject, text: string, number: number, asked?: Subject) {
      const { life, name, subnet } = subject
      if (subject.parts === undefined) return undefined
      let listening = 0
      for (const other of this.subjects) {
        if (other !== subject && other.subnet === subnet && other.parts !== undefined) listening++
      }
      const { index } = subject
      const from = { index, name, subnet, life }
      const said = this.broadcasts.say(
        number,
        text,
        from,
        listening,
        this.elapsedMillis,
        asked?.name
      )
      yield* this.network.use(name, Mesh, (mesh) => mesh.broadcast([number, text]))
      return said
    }
  )

  /** What faults need to know of nodes. */
  readonly means: Means = {
    killActor: Effect.fnUntraced({ self: this }, function* (node: string, random: SeededRandom) {
      const supervisor = this.byName.get(node)?.parts?.supervisor
      if (supervisor === undefined) return false
      const actors = [...(yield* supervisor.actors).keys()]
      // First of what kind: most actors are some connection's.
      const kind = random.pick([...new Set(actors.map(kindOf))])
      const actor = random.pick(actors.filter((name) => kindOf(name) === kind))
      if (actor === undefined) return false
      const key = `${node} ${actor}`
      const since = this.elapsedMillis - KILLS_WINDOW_MILLIS
      const recent = (this.kills.get(key) ?? []).filter((atMillis) => atMillis > since)
      if (recent.length >= KILLS_MAX) return false
      this.kills.set(key, [...recent, this.elapsedMillis])
      this.simulation?.faults.tell("kill", key)
      return yield* supervisor.kill(actor, new Error(KILLED))
    })
  }

  // ---- What is seen of them

  /** Enters an invariant that did not hold. */
  report(invariant: Invariant, node: string | null, detail: string): void {
    if (this.violations.length >= VIOLATIONS_MAX) return
    const { elapsedMillis: atMillis } = this
    this.violations.push(new Violation({ invariant, node, atMillis, detail }))
    this.simulation?.note(`${invariant} ${node ?? ""} ${detail}`)
    Deferred.doneUnsafe(this.broken, Effect.void)
  }

  /** To be told of each event of the trace. */
  onEvent(event: TraceEvent): void {
    this.elapsedMillis = event.atMillis
    if (event._tag === "Connected") this.connected++
    else if (event._tag === "Disconnected") this.connected--
    MeshSometimes.onEvent(this.sometimes, event, (atMillis) =>
      this.broadcasts.isAnyInFlight(atMillis)
    )
  }

  /** To be told of each dial. */
  onDial(from: string, to: string): void {
    const key = `${from} ${to}`
    const since = this.elapsedMillis - DIALS_WINDOW_MILLIS
    const recent = (this.dials.get(key) ?? []).filter((atMillis) => atMillis > since)
    recent.push(this.elapsedMillis)
    this.dials.set(key, recent)
    if (recent.length <= DIALS_MAX) return
    const detail = `dials of ${to} in ${DIALS_WINDOW_MILLIS} ms: ${recent.length} of ${DIALS_MAX}`
    this.report("WithinLimits", from, detail)
  }

  /** To be called after each step of time. */
  onStep(): void {
    if (this.simulation === undefined) return
    this.elapsedMillis = this.simulation.elapsedMillis()
    if (this.checks.length > 0) {
      for (const subject of this.subjects) this.look(subject, true)
      const waiting = this.checks
      this.checks = []
      for (const resume of waiting) resume()
    } else if (this.elapsedMillis >= this.lookAtMillis) {
      this.lookAtMillis = this.elapsedMillis + LOOK_MILLIS
      this.looks++
      const between = this.subjects.length <= CLOSE_NODES_MAX ? 1 : REPLAY_LOOKS
      for (const subject of this.subjects) {
        this.look(subject, (subject.index + this.looks) % between === 0)
      }
    }
  }

  /** Looks at all nodes as soon as nothing is under way in them. */
  readonly check: Effect.Effect<void> = Effect.callback((resume) => {
    this.checks.push(() => resume(Effect.void))
  })

  private look({ name, parts }: Subject, isThorough: boolean): void {
    const { simulation } = this
    if (parts === undefined || simulation === undefined || !simulation.isUp(name)) return
    for (const { detail, invariant } of checkLimits(parts)) this.report(invariant, name, detail)
    // One that stands still may do so between what it keeps and what it goes by.
    if (!isThorough || simulation.faults.isPaused(name)) return
    for (const { detail, invariant } of checkReplay(parts, simulation.disk(name))) {
      this.report(invariant, name, detail)
    }
  }

  /** Milliseconds by which a node's clock is ahead; behind, if negative. */
  skewMillis(name: string): number {
    return this.simulation?.faults.skewMillis(name) ?? 0
  }

  /** Its name, by its id. */
  nameOf(id: string): string | undefined {
    return this.names.get(id)
  }

  /** What keeps the network from being whole. */
  flaws(): ReadonlyArray<Wholeness.Flaw> {
    const vertices = this.subjects.map(({ name, parts, subnet }) => ({
      name,
      subnet,
      connections: parts?.connections
    }))
    const unnoticed = (this.simulation?.halfOpen() ?? []).map(({ from, to }) => {
      const detail = `its half-open connection with ${to.host} is not given up`
      return { invariant: "Converges", node: from.host, detail } as const
    })
    return [...Wholeness.flawsOf(vertices, (id) => this.names.get(id)), ...unnoticed]
  }

  /** Connections that are in their handshake, or have ended and are still there. */
  unsettled(): ReadonlyMap<PeerConnection, Subject> {
    const found = new Map<PeerConnection, Subject>()
    for (const subject of this.subjects) {
      for (const connection of subject.parts?.connections.live() ?? []) {
        if (connection.isEnded || connection.peer === undefined) found.set(connection, subject)
      }
    }
    return found
  }

  /** Reports those of before that still are, after longer than a handshake or an end may take. */
  reportUnsettled(before: ReadonlyMap<PeerConnection, Subject>): void {
    const now = this.unsettled()
    for (const [connection, { name }] of before) {
      if (!now.has(connection)) continue
      const what = connection.isEnded ? "has ended and is still there" : "is neither open nor ended"
      this.report("NothingLeft", name, `connection ${connection.number} ${what}`)
    }
  }

  /** Those whom a broadcast has not reached in the life that they are in. */
  missing({ from, heard }: Broadcast): ReadonlyArray<Subject> {
    return this.subjects.filter(
      ({ index, life, subnet }) =>
        subnet === from.subnet && index !== from.index && heard[index] !== life
    )
  }

  /** Actors that have outlived their nodes. */
  leftActors(): ReadonlyArray<readonly [node: string, actors: ReadonlyArray<string>]> {
    return [...this.ended].flatMap(([name, supervisor]) => {
      const actors = [...Effect.runSync(supervisor.actors).keys()]
      return actors.length === 0 ? [] : [[name, actors] as const]
    })
  }

  /** Takes the nodes' warnings: an actor that fails by itself is a defect. */
  readonly logger = Logger.make<unknown, void>(({ fiber, message }) => {
    const { actor, failure, node } = fiber.getRef(References.CurrentLogAnnotations)
    const [text] = Array.isArray(message) ? message : [message]
    const name = this.names.get(String(node)) ?? null
    if (text === "journal not written") this.sometimes.sometimes(MeshSometimes.JOURNAL_FAILED)
    else if (text === "actor restarted") this.sometimes.sometimes(MeshSometimes.ACTOR_RESTARTED)
    else if (!String(failure).includes(KILLED)) {
      this.report("NoDefects", name, `${text} ${actor ?? ""} ${failure ?? ""}`)
    }
  })
}
