/**
 * Live nodes for the tests, each a process of its own: our command line, js2p and py2p, all behind
 * one interface. They speak lines of JSON (README.md here); nothing in it waits for time to pass.
 */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { venvPython } from "./setup.ts"

export type Software = "ours" | "js2p" | "py2p"

/** What a payload is made of. `$bytes`, `$int`, `$float` and `$ext` wrap what JSON cannot hold. */
export type Json = Schema.Json
export type Payload = ReadonlyArray<Json>

// ---- Events

const address = Schema.optionalKey(Schema.NullOr(Schema.String))
const Peer = Schema.Struct({ id: Schema.String, address })

const NodeEvent = Schema.Union([
  Schema.Struct({
    event: Schema.Literal("listening"),
    address: Schema.String,
    id: Schema.String
  }),
  Schema.Struct({
    event: Schema.Literal("peer"),
    state: Schema.Literals(["connected", "disconnected"]),
    id: Schema.String,
    address
  }),
  Schema.Struct({
    event: Schema.Literal("message"),
    id: Schema.String,
    sender: Schema.String,
    flag: Schema.Literals(["broadcast", "whisper"]),
    payload: Schema.Array(Schema.Json)
  }),
  Schema.Struct({ event: Schema.Literal("peers"), peers: Schema.Array(Peer) }),
  Schema.Struct({ event: Schema.Literal("error"), message: Schema.optionalKey(Schema.String) })
])

export type NodeEvent = typeof NodeEvent.Type
type EventName = NodeEvent["event"]
export type EventOf<Name extends EventName> = Extract<NodeEvent, { readonly event: Name }>

const decodeEvent = Schema.decodeUnknownOption(Schema.fromJsonString(NodeEvent))

const isNamed =
  <Name extends EventName>(name: Name) =>
  (event: NodeEvent): event is EventOf<Name> =>
    event.event === name

// ---- Addresses

/** What our addresses begin with, by 0.7's name for the protection. */
const schemes = { Plaintext: "tcp", SSL: "tls", ws: "ws", wss: "wss" } as const

export type Encryption = keyof typeof schemes

/** Where a node listens. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly encryption: Encryption
}

const urlOf = ({ encryption, host, port }: Place): string =>
  `${schemes[encryption]}://${host}:${port}`

let lastHost = 0

/**
 * A host of 127.0.0.0/8 for each node of each run, with a port that is free there: js2p refuses a
 * second peer with the host or the port of the first, and py2p cannot listen where a connection
 * was closed a minute ago.
 */
const newPlace = async (encryption: Encryption, port = 0): Promise<Place> => {
  const run = process.pid % 62_500
  lastHost += 1
  const host = `127.${1 + Math.floor(run / 250)}.${1 + (run % 250)}.${lastHost}`
  const probe = createServer().listen(port, host)
  await once(probe, "listening")
  const bound = probe.address()
  probe.close()
  await once(probe, "close")
  if (bound === null || typeof bound === "string") throw new Error(`no port on ${host}`)
  return { host, port: bound.port, encryption }
}

// ---- Processes

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const argumentsOfDriver = ({ encryption, host, port }: Place): ReadonlyArray<string> =>
  `--host ${host} --port ${port} --kind mesh --subnet mesh --encryption ${encryption}`.split(" ")

type CommandLine = readonly [command: string, ...args: ReadonlyArray<string>]

/** Where a node listens: an old one in one place. */
type Places = readonly [Place, ...ReadonlyArray<Place>]

/** How to start each software. Only ours is told here whom to dial, the old ones once they listen. */
const commandLines: Record<Software, (places: Places, join: ReadonlyArray<Place>) => CommandLine> =
  {
    ours: (places, join) => [
      process.execPath,
      pathOf("../../src/programs/p2p.ts"),
      ..."node --subnet mesh --json".split(" "),
      ...places.flatMap((place) => ["--listen", urlOf(place)]),
      ...join.flatMap((peer) => ["--join", urlOf(peer)])
    ],
    js2p: ([place]) => [
      process.execPath,
      // Its key of 1,024 bits is less than OpenSSL takes by itself.
      "--tls-cipher-list=DEFAULT@SECLEVEL=0",
      pathOf("drivers/js2p-driver.cjs"),
      ...argumentsOfDriver(place)
    ],
    py2p: ([place]) => [venvPython, pathOf("drivers/py2p-driver.py"), ...argumentsOfDriver(place)]
  }

/** js2p that dials on wss looks at certificates, and has no option to let ours pass. */
const environments: Record<Software, NodeJS.ProcessEnv> = {
  ours: {},
  js2p: { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
  py2p: {}
}

const DEFAULT_TIMEOUT_MILLIS = 10_000
const STOP_TIMEOUT_MILLIS = 3_000
const SHOWN_LINES = 24
const SHOWN_CHARACTERS = 400

let started = 0

interface Waiter {
  readonly notice: (event: NodeEvent) => void
  readonly fail: (reason: string) => void
}

/** A running node. */
export class LiveNode {
  readonly software: Software
  readonly name: string
  readonly places: Places
  /** Known once it listens. */
  id = ""
  readonly events: Array<NodeEvent> = []
  readonly #child: ChildProcessWithoutNullStreams
  readonly #exit: Promise<unknown>
  readonly #waiters = new Set<Waiter>()
  readonly #lines: Array<string> = []
  #stderr = ""
  #gone: string | undefined

  constructor(software: Software, places: Places, child: ChildProcessWithoutNullStreams) {
    started += 1
    this.software = software
    this.name = `${software} #${started}`
    this.places = places
    this.#child = child
    this.#exit = new Promise((resolve) => child.once("close", resolve))
    createInterface({ input: child.stdout }).on("line", (line) => this.#hear(line))
    child.stderr.on("data", (data) => (this.#stderr += data))
    child.stdin.on("error", () => undefined) // its end is told by "close"
    child.once("error", (error) => this.#leave(`did not start: ${error.message}`))
    child.once("close", (code, signal) => this.#leave(`exited with ${code ?? signal}`))
  }

  /** The first place where it listens, as an address and as a port. */
  get address(): string {
    return urlOf(this.places[0])
  }

  get port(): number {
    return this.places[0].port
  }

  /** Where it can be dialled by one who has this encryption. */
  placeOn(encryption: Encryption): Place {
    return this.places.find((place) => place.encryption === encryption) ?? this.places[0]
  }

  /** What went wrong in the node, in its own words. */
  get errors(): ReadonlyArray<EventOf<"error">> {
    return this.events.filter(isNamed("error"))
  }

  /** The messages heard so far whose payload begins with `tag`. */
  heard(tag: string): ReadonlyArray<EventOf<"message">> {
    return this.events.filter(isNamed("message")).filter(({ payload }) => payload[0] === tag)
  }

  // -- Commands

  broadcast(payload: Payload): void {
    this.tell({ cmd: "broadcast", payload })
  }

  whisper(peer: LiveNode, payload: Payload): void {
    this.tell({ cmd: "send", peer: peer.id, payload })
  }

  reply(to: EventOf<"message">, payload: Payload): void {
    this.tell({ cmd: "reply", to: to.id, payload })
  }

  tell(command: { readonly cmd: string; readonly [key: string]: Json }): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`)
  }

  /** The peers that the node is connected to, as it says itself. */
  async peers(): Promise<EventOf<"peers">["peers"]> {
    const from = this.events.length
    this.tell({ cmd: "peers" })
    const answer = await this.waitFor("peers", () => true, "the list of peers", { from })
    return answer.peers
  }

  // -- Waiting

  /** The first message, of those heard already and those to come, that begins with `tag`. */
  hears(tag: string): Promise<EventOf<"message">> {
    return this.waitFor("message", ({ payload }) => payload[0] === tag, `the message "${tag}"`)
  }

  /** Waits until the node has (or has had) a connection to `peer`, or has lost it. */
  async sees(peer: LiveNode, state: "connected" | "disconnected" = "connected"): Promise<void> {
    const about = (event: EventOf<"peer">) => event.id === peer.id && event.state === state
    await this.waitFor("peer", about, `${peer.name} ${state}`)
  }

  /** The first event of a name, of those seen already and those to come, that `matches`. */
  waitFor<Name extends EventName>(
    name: Name,
    matches: (event: EventOf<Name>) => boolean,
    what: string,
    { from = 0, timeoutMillis = DEFAULT_TIMEOUT_MILLIS } = {}
  ): Promise<EventOf<Name>> {
    const named = isNamed(name)
    const wanted = (event: NodeEvent): event is EventOf<Name> => named(event) && matches(event)
    const seen = this.events.slice(from).find(wanted)
    if (seen !== undefined) return Promise.resolve(seen)
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        then()
      }
      const waiter: Waiter = {
        notice: (event) => {
          if (wanted(event)) settle(() => resolve(event))
        },
        fail: (reason) => settle(() => reject(this.#failure(`${reason}, awaiting ${what}`)))
      }
      const timer = setTimeout(() => waiter.fail(`${timeoutMillis} ms passed`), timeoutMillis)
      this.#waiters.add(waiter)
      if (this.#gone !== undefined) waiter.fail(this.#gone)
    })
  }

  /** Asks the node to leave, and ends its process if it does not. */
  async stop(): Promise<void> {
    if (this.#gone !== undefined) return
    this.tell({ cmd: "stop" })
    this.#child.stdin.end()
    const timer = setTimeout(() => this.kill(), STOP_TIMEOUT_MILLIS)
    await this.#exit
    clearTimeout(timer)
  }

  kill(): void {
    this.#child.kill("SIGKILL")
  }

  #hear(line: string): void {
    this.#lines.push(line)
    const event = decodeEvent(line)
    if (Option.isNone(event)) return // shown if the test fails
    this.events.push(event.value)
    for (const waiter of this.#waiters) waiter.notice(event.value)
  }

  #leave(reason: string): void {
    this.#gone = reason
    running.delete(this)
    for (const waiter of this.#waiters) waiter.fail(reason)
  }

  #failure(reason: string): Error {
    const shown = (lines: ReadonlyArray<string>) =>
      lines
        .slice(-SHOWN_LINES)
        .map((line) => `  ${line.slice(0, SHOWN_CHARACTERS)}`)
        .join("\n")
    return new Error(
      `${this.name}: ${reason}\nits last lines:\n${shown(this.#lines)}\n` +
        `its standard error:\n${shown(this.#stderr.trimEnd().split("\n"))}`
    )
  }
}

const running = new Set<LiveNode>()

process.once("exit", () => {
  for (const node of running) node.kill()
})

export interface StartOptions {
  /** Whom it dials at once, and is awaited to be connected with. */
  readonly join?: ReadonlyArray<LiveNode>
  /** A port of one's own choice, to be equal to another's; by default one that is free. */
  readonly port?: number
  /** How the connections that it takes are protected: an old node takes one kind, ours any. */
  readonly encryptions?: readonly [Encryption, ...ReadonlyArray<Encryption>]
}

/** Starts a node and waits until it listens and has shaken hands with all that it was to join. */
export const startNode = async (
  software: Software,
  { encryptions: [first, ...others] = ["Plaintext"], join = [], port }: StartOptions = {}
): Promise<LiveNode> => {
  const places: Places = [
    await newPlace(first, port),
    ...(await Promise.all(others.map((encryption) => newPlace(encryption))))
  ]
  const dialled = join.map((peer) => peer.placeOn(first))
  const [command, ...args] = commandLines[software](places, dialled)
  const child = spawn(command, args, { env: { ...process.env, ...environments[software] } })
  const node = new LiveNode(software, places, child)
  running.add(node)
  node.id = (await node.waitFor("listening", () => true, "that it listens")).id
  if (software !== "ours") {
    for (const { host, port } of dialled) node.tell({ cmd: "connect", host, port })
  }
  for (const peer of join) await Promise.all([node.sees(peer), peer.sees(node)])
  return node
}
