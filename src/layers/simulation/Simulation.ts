/**
 * Runs a program, and with it whole networks of the shipped services, deterministically: time, chance,
 * transport and storage are the run's own, and one seed gives one run.
 *
 * Source: the project's design, "Determinism".
 *
 * @since 0.1.0
 */
import { sha256 } from "@noble/hashes/sha2.js"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { format } from "../../domain/Address.ts"
import * as Bytes from "../../domain/Bytes.ts"
import { type Transport, Transports } from "../../services/Transport.ts"
import * as MemoryJournal from "../MemoryJournal.ts"
import type * as MeshNode from "../MeshNode.ts"
import { MemoryNetwork } from "../MemoryTransport.ts"
import * as PureCompressing from "../PureCompressing.ts"
import * as PureHashing from "../PureHashing.ts"
import { SeededRandom } from "./SeededRandom.ts"
import { EPOCH_MILLIS, VirtualTime } from "./VirtualTime.ts"

/** A day. */
const UNTIL_MILLIS = 86_400_000

/** A run in which nothing more can happen, or too much time has passed, and the program is not done. */
export class StuckError extends Schema.TaggedError<StuckError>()("StuckError", {
  /** Virtual milliseconds since the run began. */
  atMillis: Schema.Number
}) {
  override get message() {
    return `after ${this.atMillis} ms the program still waits`
  }
}

/** What a run came to. */
export interface Outcome<A, E> {
  readonly exit: Exit.Exit<A, E>
  /** A hash over every delivery and every note, in order: equal runs have equal traces. */
  readonly trace: string
  /** Deliveries and notes that the trace covers. */
  readonly events: number
  /** Virtual milliseconds that passed. */
  readonly elapsedMillis: number
  /** Fibers that still slept when all scopes had closed: 0 where nothing leaks. */
  readonly leftOver: number
}

/** The run that a program is in. */
export class Simulation extends Context.Service<
  Simulation,
  {
    /**
     * Builds a layer as a node: on the run's network under a host name of its own, with its own chance and
     * a journal that outlives it (a node built again under the same name finds it).
     */
    readonly node: <A, E>(
      name: string,
      layer: Layer.Layer<A, E, MeshNode.Ports>
    ) => Effect.Effect<Context.Context<A>, E, Scope.Scope>
    /** The run's network as one host sees it: for a peer that is no node of ours. */
    readonly transport: (host: string) => Transport
    /** Enters something in the trace. */
    readonly note: (text: string) => void
    /** Virtual milliseconds since the run began. */
    readonly elapsedMillis: () => number
  }
>()("effect-p2p/layers/simulation/Simulation") {}

export interface Options {
  readonly seed: number | string
  /**
   * Virtual milliseconds after which a program that is not done is stuck: a day by default. Nodes are never quiet,
   * so that one that waits for what can't come would wait for ever.
   */
  readonly untilMillis?: number | undefined
  /** Milliseconds between two hosts; drawn for each chunk from 1 to 20 by default. */
  readonly latencyMillis?: { readonly min: number; readonly max: number } | undefined
}

/** Runs a program to its end. Synchronous: when it returns, all has happened. */
export const run = <A, E>(
  program: Effect.Effect<A, E, Simulation | Scope.Scope>,
  options: Options
): Outcome<A, E | StuckError> => {
  const time = new VirtualTime()
  const hash = sha256.create()
  let events = 0
  const elapsedMillis = () => time.nowMillis - EPOCH_MILLIS
  const record = (text: string, bytes?: Uint8Array) => {
    events++
    hash.update(Bytes.fromText(`${elapsedMillis()} ${text}\n`))
    if (bytes !== undefined) hash.update(bytes)
  }

  const untilMillis = options.untilMillis ?? UNTIL_MILLIS
  const links = new SeededRandom(options.seed, "links")
  const { max, min } = options.latencyMillis ?? { min: 1, max: 20 }
  // A stream of bytes keeps its order: nothing arrives before what was sent earlier on the same link.
  const lastArrival = new Map<string, number>()
  const network = new MemoryNetwork({
    schedule: time.schedule,
    latencyMillis: (from, to) => {
      const link = `${format(from)} ${format(to)}`
      const drawn = time.nowMillis + min + Math.floor(links.nextDoubleUnsafe() * (max - min + 1))
      const arrival = Math.max(drawn, lastArrival.get(link) ?? 0)
      lastArrival.set(link, arrival)
      return arrival - time.nowMillis
    },
    onDelivery: (from, to, bytes) => record(`${format(from)} > ${format(to)} `, bytes)
  })
  const storages = new Map<string, MemoryJournal.Storage>()

  const node: Simulation["Service"]["node"] = (name, layer) => {
    const random = new SeededRandom(options.seed, `node/${name}`)
    const storage = storages.get(name) ?? new Map()
    storages.set(name, storage)
    const ports = Layer.mergeAll(
      Transports.layer([network.transport(name)]),
      PureHashing.layer,
      PureCompressing.layer,
      MemoryJournal.layerStorage(storage),
      Layer.succeed(SecureRandom.SecureRandom, random.secure)
    )
    return Layer.build(Layer.provide(layer, ports)).pipe(
      Effect.provideService(Random.Random, random)
    )
  }

  const context = Context.make(Simulation, {
    node,
    transport: (host) => network.transport(host),
    note: (text) => record(text),
    elapsedMillis
  }).pipe(
    Context.add(Clock.Clock, time.clock),
    Context.add(Scheduler.Scheduler, time),
    Context.add(Random.Random, new SeededRandom(options.seed, "program"))
  )
  const fiber = Effect.runForkWith(context)(Effect.scoped(program))
  let stuck: StuckError | undefined
  const outcome = (exit: Exit.Exit<A, E | StuckError>): Outcome<A, E | StuckError> => ({
    exit: stuck === undefined ? exit : Exit.fail(stuck),
    trace: Bytes.toHex(hash.digest()),
    events,
    elapsedMillis: elapsedMillis(),
    leftOver: time.sleepers
  })
  for (;;) {
    time.drain()
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return outcome(exit)
    // Once more as long for its finalizers.
    const limitMillis = stuck === undefined ? untilMillis : 2 * untilMillis
    if (elapsedMillis() < limitMillis && time.step()) continue
    // Interrupted once, so that its finalizers run; if even they wait for ever, that is the outcome.
    if (stuck !== undefined) return outcome(Exit.fail(stuck))
    stuck = new StuckError({ atMillis: elapsedMillis() })
    fiber.interruptUnsafe()
  }
}
