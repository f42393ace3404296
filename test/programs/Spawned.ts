/** A program of ours in a process of its own, and how to wait for what it says. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Schema from "effect/Schema"
import { JsonEvent } from "../../src/programs/node/JsonEvent.ts"

const TIMEOUT_MILLIS = 15_000

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Compiling Effect takes most of the time of so short a life. */
const compileCache = pathOf("../../node_modules/.cache/node-compile-cache")

type EventName = JsonEvent["event"]
type EventOf<Name extends EventName> = Extract<JsonEvent, { readonly event: Name }>

const decodeEvent = Schema.decodeUnknownSync(Schema.fromJsonString(JsonEvent))

const isNamed =
  <Name extends EventName>(name: Name) =>
  (event: JsonEvent): event is EventOf<Name> =>
    event.event === name

const running = new Set<Spawned>()

/** Ends what a test has left running. */
export const killAll = (): void => {
  for (const program of running) program.signal("SIGKILL")
}

export class Spawned {
  /** Its standard output and standard error so far. */
  readonly lines: Array<string> = []
  stderr = ""
  /** What it ends with: an exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>
  private readonly child: ChildProcessWithoutNullStreams
  private readonly watchers = new Set<() => void>()
  private isGone = false

  /** Runs `src/programs/<program>.ts`. */
  constructor(program: "p2p" | "start" | "presence" | "simulate", ...args: ReadonlyArray<string>) {
    const path = pathOf(`../../src/programs/${program}.ts`)
    this.child = spawn(process.execPath, [path, ...args], {
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache }
    })
    running.add(this)
    this.exit = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        running.delete(this)
        this.isGone = true
        this.notice()
        resolve(code ?? signal)
      })
    })
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.lines.push(line)
      this.notice()
    })
    this.child.stderr.on("data", (data) => {
      this.stderr += String(data)
    })
    // A process that has ended reads no more: its end is told by "close".
    this.child.stdin.on("error", () => undefined)
  }

  get stdout(): string {
    return this.lines.join("\n")
  }

  /** Its events so far; a line that is none fails the test. */
  get events(): ReadonlyArray<JsonEvent> {
    return this.lines.map((line) => decodeEvent(line))
  }

  write(text: string | Uint8Array): void {
    this.child.stdin.write(text)
  }

  tell(command: unknown): void {
    this.write(`${JSON.stringify(command)}\n`)
  }

  endInput(): void {
    this.child.stdin.end()
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** The first event of a name, of those seen and those to come, that matches. */
  async event<Name extends EventName>(
    name: Name,
    matches: (event: EventOf<Name>) => boolean = () => true
  ): Promise<EventOf<Name>> {
    const find = () => this.events.filter(isNamed(name)).find(matches)
    return this.until(find, `an event "${name}"`)
  }

  /** The first line, of those seen and those to come, that has a text in it. */
  line(part: string): Promise<string> {
    return this.until(() => this.lines.find((line) => line.includes(part)), `"${part}"`)
  }

  private notice(): void {
    for (const watch of this.watchers) watch()
  }

  private until<A>(find: () => A | undefined, what: string): Promise<A> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        clearTimeout(timer)
        this.watchers.delete(watch)
        then()
      }
      const fail = (why: string) => {
        const said = `${this.stdout}\n${this.stderr}`
        settle(() => reject(new Error(`${why}, awaiting ${what}; it said:\n${said}`)))
      }
      const watch = () => {
        try {
          const found = find()
          if (found !== undefined) settle(() => resolve(found))
          else if (this.isGone) fail("it has ended")
        } catch (error) {
          settle(() => reject(error instanceof Error ? error : new Error(String(error))))
        }
      }
      const timer = setTimeout(() => fail(`${TIMEOUT_MILLIS} ms passed`), TIMEOUT_MILLIS)
      this.watchers.add(watch)
      watch()
    })
  }
}
