import { fork, type ChildProcess } from "node:child_process"
import { totalmem } from "node:os"
import { Schema } from "effect"
import { Report } from "./Report.ts"

const decodeReport = Schema.decodeUnknownSync(Report)

/** Of what a child wrote to stderr, how much is kept to say why it died. */
const STDERR_BYTES = 2_000

/** What a child's heap may take, in MiB: by itself it ends at 4 GiB, which ten thousand simulated nodes come near to. */
const HEAP_MAX_MEBIBYTES = Math.floor((totalmem() / 2 ** 20) * 0.75)

const running = new Set<ChildProcess>()
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill("SIGKILL")
    process.exit(130)
  })
}

/** A process that measures one thing: its memory, its CPU time and its compiled code are its own. */
export class Child {
  readonly #process: ChildProcess
  readonly #reports: Array<Report> = []
  #wake: () => void = () => {}
  #ended = false
  #stderr = ""

  constructor(script: URL, args: ReadonlyArray<string>) {
    this.#process = fork(script, args, {
      execPath: process.execPath,
      // Warnings are the competitor's and old news: deprecated Buffer constructors.
      execArgv: [
        "--expose-gc",
        `--max-old-space-size=${HEAP_MAX_MEBIBYTES}`,
        "--disable-warning=DEP0005"
      ],
      stdio: ["ignore", "ignore", "pipe", "ipc"]
    })
    running.add(this.#process)
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_BYTES)
    })
    this.#process.on("message", (message: unknown) => {
      this.#reports.push(decodeReport(message))
      this.#wake()
    })
    // "close" comes after the last message and the last of stderr.
    this.#process.on("close", (code, signal) => {
      this.#stderr += ` (${signal ?? `exit code ${code}`})`
      this.#end()
    })
    this.#process.on("error", (error) => {
      this.#stderr += error.message
      this.#end()
    })
  }

  #end(): void {
    running.delete(this.#process)
    this.#ended = true
    this.#wake()
  }

  /** The next report; `Failed` when none comes in time or at all. */
  async next(maxSeconds: number): Promise<Report> {
    const deadline = performance.now() + maxSeconds * 1_000
    for (;;) {
      const report = this.#reports.shift()
      if (report !== undefined) return report
      if (this.#ended) return { _tag: "Failed", reason: `died: ${this.#stderr.trim()}` }
      const left = deadline - performance.now()
      if (left <= 0) return { _tag: "Failed", reason: `nothing within ${maxSeconds} s` }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGKILL")
    while (!this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve))
  }
}
