/**
 * Runs a program, and with it whole networks of the shipped services, deterministically: time, chance,
 * transport and storage are the run's own, and one seed gives one run.
 *
 * Source: the project's design, "Determinism".
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import type { Compressor } from "../../domain/Compression.ts"
import type { Hasher } from "../../domain/Hasher.ts"
import { Compressing } from "../../services/Compressing.ts"
import { Hashing } from "../../services/Hashing.ts"
import { Journal } from "../../services/Journal.ts"
import { describeFailure } from "../../services/Supervisor.ts"
import { type Transport, Transports } from "../../services/Transport.ts"
import type * as MeshNode from "../MeshNode.ts"
import { type Connection, MemoryNetwork } from "../MemoryTransport.ts"
import * as PureCompressing from "../PureCompressing.ts"
import * as PureHashing from "../PureHashing.ts"
import { Faults } from "./Faults.ts"
import { type LinkOptions, Links } from "./Links.ts"
import { Rest } from "./Rest.ts"
import { SeededRandom } from "./SeededRandom.ts"
import {
  NoSuchNodeError,
  RestartError,
  type RestlessError,
  SpinningError,
  StuckError
} from "./SimulationError.ts"
import { Disk } from "./SimulatedJournal.ts"
import { Trace, type TraceEvent } from "./Trace.ts"
import { EPOCH_MILLIS, ProcessTime, VirtualTime } from "./VirtualTime.ts"

/** A day. */
const UNTIL_MILLIS = 86_400_000

/**
 * Tasks and wake-ups that may run at one moment, and for each node besides: hundreds of times what a node ever
 * does at one. Beyond it something goes round in a circle, which no other limit would end.
 */
const WORK_MAX = 100_000
const NODE_WORK_MAX = 10_000

/** What a run came to. */
export interface Outcome<A, E> {
  readonly exit: Exit.Exit<A, E>
  /** A hash over every delivery, fault and note, in order: equal runs have equal traces. */
  readonly trace: string
  /** Events that the trace covers. */
  readonly events: number
  /** Virtual milliseconds that passed. */
  readonly elapsedMillis: number
  /** Faults that were injected, by their kind. */
  readonly faults: ReadonlyMap<string, number>
  /** Fibers that still slept when all scopes had closed: 0 where nothing leaks. */
  readonly leftOver: number
}

export interface NodeOptions<A> {
  /**
   * Runs at each start of the node, in its scope, with what its layer has built: to listen to it, say. The node
   * is up when it is done.
   */
  readonly onStart?:
    | ((context: Context.Context<A>) => Effect.Effect<void, never, Scope.Scope>)
    | undefined
}

/** The run that a program is in. */
export class Simulation extends Context.Service<
  Simulation,
  {
    /**
     * Starts a layer as a node: a process on a host of its own, with its own clock, chance and disk. It lives as
     * long as the scope, or until it is stopped or crashes; then it may be started again under its
     * name, and finds its disk as it left it.
     */
    readonly node: <A, E>(
      name: string,
      layer: Layer.Layer<A, E, MeshNode.Ports>,
      options?: NodeOptions<A>
    ) => Effect.Effect<Context.Context<A>, E | NoSuchNodeError, Scope.Scope>
    /** Stops a node in order, as a process that is told to. */
    readonly stop: (name: string) => Effect.Effect<void, NoSuchNodeError>
    /**
     * Ends a node at once: it says nothing more, its connections break, and what its disk had not kept is lost
     * (or, `torn`, kept in part).
     */
    readonly crash: (
      name: string,
      options?: { readonly torn?: boolean | undefined }
    ) => Effect.Effect<void, NoSuchNodeError>
    /**
     * Starts a node again that has crashed or was stopped, as it was started the first time. It stays down
     * where that fails, by a disk that fails say, and may be tried again.
     */
    readonly bounce: (name: string) => Effect.Effect<void, NoSuchNodeError | RestartError>
    /**
     * Runs an effect as a node's process does all it does: by its clock, with its chance, and not at all while
     * it is paused; interrupted when the node comes to its end.
     */
    readonly inside: <A, E, R>(
      name: string,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | NoSuchNodeError, R>
    /**
     * Waits until the network is at rest: no piece is on its way, and nobody waits for less than
     * `TIMER_MIN_MILLIS`. What is held back by a fault does not count, since nothing moves it but its end;
     * nor do heartbeats and other timers to come. In a network of hundreds some heartbeat is always under way:
     * wait for a time there, or for what is to be seen.
     */
    readonly settle: (withinMillis?: number) => Effect.Effect<void, RestlessError>
    readonly isUp: (name: string) => boolean
    /** Names of the nodes that are up, in the order in which they were first started. */
    readonly up: () => ReadonlyArray<string>
    /** What can be done to the network, to processes and disks. */
    readonly faults: Faults
    /** Connections that are there now, from host to host, the oldest first. */
    readonly connections: () => ReadonlyArray<Connection>
    /** Those of them that are half open, and not given up by both their ends. */
    readonly halfOpen: () => ReadonlyArray<Connection>
    /** The run's network as one host sees it: for a peer that is no node of ours. */
    readonly transport: (host: string) => Transport
    /** A stream of draws of its own, by a name. */
    readonly random: (name: string) => SeededRandom
    /** What is on a node's disk: for the checks of what it has kept. */
    readonly disk: (name: string) => Disk
    /** Enters something in the trace. */
    readonly note: (text: string) => void
    /** Virtual milliseconds since the run began. */
    readonly elapsedMillis: () => number
  }
>()("effect-p2p/layers/simulation/Simulation") {}

export interface Options extends LinkOptions {
  readonly seed: number | string
  /**
   * Virtual milliseconds after which a program that is not done is stuck: a day by default. Nodes are never quiet,
   * so that one that waits for what can't come would wait for ever.
   */
  readonly untilMillis?: number | undefined
  /** Digests and compression: in pure JavaScript by default; any that give the same results give the same trace. */
  readonly hasher?: Hasher | undefined
  readonly compressor?: Compressor | undefined
  /** Is told of each event of the trace, and of the trace's short form after it. */
  readonly onEvent?: ((event: TraceEvent, hash: number) => void) | undefined
  /** Runs after each step of time, when nothing more can run at that moment: for what must always hold. */
  readonly onStep?: (() => void) | undefined
}

/** A node's machine, and the process that runs on it. */
interface Machine {
  readonly time: ProcessTime
  readonly disk: Disk
  readonly random: SeededRandom
  /** Starts the process anew; undefined until it was started once. */
  restart: Effect.Effect<void, RestartError> | undefined
  process: Process | undefined
}

interface Process {
  readonly scope: Scope.Closeable
  readonly unplug: () => void
  isAlive: boolean
}

/** Runs a program to its end. Synchronous: when it returns, all has happened. */
export const run = <A, E>(
  program: Effect.Effect<A, E, Simulation | Scope.Scope>,
  options: Options
): Outcome<A, E | StuckError | SpinningError> => {
  const { seed, untilMillis = UNTIL_MILLIS } = options
  const time = new VirtualTime()
  const trace = new Trace(options.onEvent)
  const machines = new Map<string, Machine>()
  const elapsedMillis = () => time.nowMillis - EPOCH_MILLIS
  const faults = new Faults(time, trace, machines, () => links)
  const links = new Links(time, trace, seed, faults, options)
  const network = new MemoryNetwork(links)
  const rest = new Rest(time, () => time.brief + links.underWay)
  const platform = Layer.mergeAll(
    options.hasher === undefined ? PureHashing.layer : Layer.succeed(Hashing, options.hasher),
    options.compressor === undefined
      ? PureCompressing.layer
      : Layer.succeed(Compressing, options.compressor)
  )

  const machineOf = (name: string): Machine => {
    const known = machines.get(name)
    if (known !== undefined) return known
    const machine: Machine = {
      time: new ProcessTime(time),
      disk: new Disk(),
      random: new SeededRandom(seed, `node/${name}`),
      restart: undefined,
      process: undefined
    }
    machines.set(name, machine)
    return machine
  }

  const record = (_tag: "Started" | "Stopped" | "Crashed", node: string) =>
    trace.record({ _tag, atMillis: elapsedMillis(), node })

  const begin = Effect.fnUntraced(function* <A, E>(
    name: string,
    machine: Machine,
    layer: Layer.Layer<A, E, MeshNode.Ports>,
    { onStart }: NodeOptions<A>
  ) {
    const scope = yield* Scope.make()
    const host = network.host(name)
    const process: Process = { scope, unplug: host.unplug, isAlive: true }
    machine.process = process
    record("Started", name)
    const ports = Layer.mergeAll(
      Transports.layer([host.transport]),
      platform,
      Layer.succeed(
        Journal,
        machine.disk.journal(() => process.isAlive)
      ),
      Layer.succeed(SecureRandom.SecureRandom, machine.random.secure)
    )
    /** Ends a process that has not come to be. */
    const give = (exit: Exit.Exit<unknown, unknown>) =>
      Effect.suspend(() => {
        if (machine.process !== process) return Effect.void
        machine.process = undefined
        process.isAlive = false
        process.unplug()
        record("Stopped", name)
        return Scope.close(scope, exit)
      })
    // What is left of a process that has crashed has nothing to say either.
    const loggers = [...(yield* Logger.CurrentLoggers)].map((logger) =>
      Logger.make<unknown, void>((line) => {
        if (process.isAlive) logger.log(line)
      })
    )
    const started = Effect.gen(function* () {
      const built = yield* Layer.buildWithScope(Layer.provide(layer, ports), scope)
      if (onStart !== undefined) yield* Scope.provide(onStart(built), scope)
      return built
    }).pipe(Effect.provideService(Logger.CurrentLoggers, new Set(loggers)))
    const fiber = yield* fork(machine, started)
    Fiber.runIn(fiber, scope)
    const exit = yield* Effect.onInterrupt(Fiber.await(fiber), () => give(Exit.void))
    if (Exit.isSuccess(exit)) return exit.value
    // A crash or a stop has come before it was up.
    if (machine.process !== process)
      return yield* new NoSuchNodeError({ node: name, reason: "Down" })
    yield* give(exit)
    return yield* exit
  })

  /** Forks a fiber that has nothing but the machine's from its start on. */
  const fork = <A, E, R>({ random, time }: Machine, effect: Effect.Effect<A, E, R>) =>
    Effect.contextWith((outer: Context.Context<R>) => {
      const own = Context.make(Clock.Clock, time.clock).pipe(
        Context.add(Scheduler.Scheduler, time),
        Context.add(Random.Random, random)
      )
      return Effect.sync(() => Effect.runForkWith(Context.merge(outer, own))(effect))
    })

  const find = (name: string): Effect.Effect<Machine, NoSuchNodeError> => {
    const machine = machines.get(name)
    return machine?.restart === undefined
      ? Effect.fail(new NoSuchNodeError({ node: name, reason: "Unknown" }))
      : Effect.succeed(machine)
  }

  const running = (name: string) =>
    Effect.flatMap(find(name), (machine) =>
      machine.process === undefined
        ? Effect.fail(new NoSuchNodeError({ node: name, reason: "Down" }))
        : Effect.succeed({ machine, process: machine.process })
    )

  const stop = (name: string) =>
    Effect.flatMap(running(name), ({ machine, process }) => {
      machine.process = undefined
      record("Stopped", name)
      return Effect.ensuring(
        Scope.close(process.scope, Exit.void),
        Effect.sync(() => {
          process.isAlive = false
        })
      )
    })

  const simulation: Simulation["Service"] = {
    node: Effect.fnUntraced(function* (name, layer, nodeOptions = {}) {
      const machine = machineOf(name)
      if (machine.process !== undefined) {
        return yield* new NoSuchNodeError({ node: name, reason: "Up" })
      }
      machine.restart = begin(name, machine, layer, nodeOptions).pipe(
        Effect.asVoid,
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.failCause(Cause.interrupt())
            : Effect.fail(new RestartError({ node: name, failure: describeFailure(cause) }))
        )
      )
      const context = yield* begin(name, machine, layer, nodeOptions)
      yield* Effect.addFinalizer(() => Effect.ignore(stop(name)))
      return context
    }),
    stop,
    crash: (name, { torn = false } = {}) =>
      Effect.flatMap(running(name), ({ machine, process }) =>
        Effect.gen(function* () {
          machine.process = undefined
          process.isAlive = false
          record("Crashed", name)
          faults.tell("crash", torn ? `${name} torn` : name)
          const lost = machine.disk.cutShort(torn, () => machine.random.nextDoubleUnsafe())
          if (lost > 0) faults.tell(torn ? "torn-write" : "lost-write", name)
          process.unplug()
          if (machine.time.isPaused) machine.time.resume()
          // What is left of it can do nothing any more; it ends beside all else.
          yield* Effect.forkDetach(Scope.close(process.scope, Exit.void))
        })
      ),
    bounce: (name) =>
      Effect.flatMap(
        find(name),
        ({ process, restart }): Effect.Effect<void, NoSuchNodeError | RestartError> => {
          if (process !== undefined) {
            return Effect.fail(new NoSuchNodeError({ node: name, reason: "Up" }))
          }
          faults.tell("bounce", name)
          return restart ?? Effect.void
        }
      ),
    inside: (name, effect) =>
      Effect.flatMap(running(name), ({ machine, process }) =>
        // A fork's first steps are its forker's: one in a process that stands still waits its turn.
        Effect.flatMap(fork(machine, Effect.andThen(Effect.yieldNow, effect)), (fiber) => {
          Fiber.runIn(fiber, process.scope)
          return Effect.onInterrupt(Fiber.join(fiber), () => Fiber.interrupt(fiber))
        })
      ),
    settle: (withinMillis) => rest.await(withinMillis),
    connections: () => links.connections,
    halfOpen: () => links.silenced,
    up: () => [...machines].flatMap(([name, { process }]) => (process === undefined ? [] : [name])),
    isUp: (name) => machines.get(name)?.process !== undefined,
    faults,
    transport: (host) => network.transport(host),
    random: (name) => new SeededRandom(seed, `program/${name}`),
    disk: (name) => machineOf(name).disk,
    note: (text) => trace.record({ _tag: "Noted", atMillis: elapsedMillis(), text }),
    elapsedMillis
  }

  const context = Context.make(Simulation, simulation).pipe(
    Context.add(Clock.Clock, time.clock),
    Context.add(Scheduler.Scheduler, time),
    Context.add(Random.Random, new SeededRandom(seed, "program"))
  )
  const fiber = Effect.runForkWith(context)(Effect.scoped(program))
  let stuck: StuckError | undefined
  const outcome = (
    exit: Exit.Exit<A, E | StuckError | SpinningError>
  ): Outcome<A, E | StuckError | SpinningError> => ({
    exit: stuck === undefined ? exit : Exit.fail(stuck),
    trace: trace.hash,
    events: trace.events,
    elapsedMillis: elapsedMillis(),
    faults: faults.counts,
    leftOver: time.sleepers
  })
  for (;;) {
    time.workMax = WORK_MAX + NODE_WORK_MAX * machines.size
    time.drain()
    if (time.isSpinning) {
      // Its finalizers would have to wait for the same moment to end: nothing of it runs any more.
      const spinning = new SpinningError({ atMillis: elapsedMillis(), worked: time.worked })
      return outcome(Exit.fail(spinning))
    }
    rest.look()
    options.onStep?.()
    // Who was woken only now goes on at this moment still.
    if (time.isBusy) continue
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

/** Runs a program as {@link run} does, as an effect that comes to what the program came to: for tests. */
export const simulate = <A, E>(
  program: Effect.Effect<A, E, Simulation | Scope.Scope>,
  options: Options
): Effect.Effect<A, E | StuckError | SpinningError> =>
  Effect.suspend(() => run(program, options).exit)
