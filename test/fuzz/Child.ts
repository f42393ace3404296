/** A process of a run: what it says is awaited, and its end is noticed. */
import { type ChildProcess, fork } from "node:child_process"
import * as Schema from "effect/Schema"
import { FromChild, type ToChild } from "./Messages.ts"

const decode = Schema.decodeUnknownSync(FromChild)

/** Of what it wrote to stderr, how much is kept to say why it died. */
const STDERR_CHARS = 4_000
const ANSWER_MILLIS = 30_000

type Answer<Tag extends FromChild["_tag"]> = Extract<FromChild, { readonly _tag: Tag }>

export class Child {
  readonly name: string
  private readonly process: ChildProcess
  private readonly waiting = new Set<(message: FromChild | undefined) => void>()
  private stderr = ""
  /** Why it is no more. */
  death: string | undefined

  constructor(name: string, script: string, args: ReadonlyArray<string>) {
    this.name = name
    this.process = fork(new URL(script, import.meta.url), args, {
      execPath: process.execPath,
      stdio: ["ignore", "ignore", "pipe", "ipc"]
    })
    this.process.stderr?.on("data", (chunk) => {
      this.stderr = (this.stderr + String(chunk)).slice(-STDERR_CHARS)
    })
    this.process.on("message", (message) => this.notice(decode(message)))
    this.process.on("error", ({ message }) => this.die(message))
    this.process.on("close", (code, signal) => this.die(`${signal ?? `exit code ${code}`}`))
  }

  /** Tells it something, and waits for an answer of one kind; fails where it dies first. */
  async ask<Tag extends FromChild["_tag"]>(tag: Tag, command?: ToChild): Promise<Answer<Tag>> {
    const isAnswer = (message: FromChild): message is Answer<Tag> => message._tag === tag
    const answer = new Promise<Answer<Tag>>((resolve, reject) => {
      const timer = setTimeout(() => watch(undefined), ANSWER_MILLIS)
      const watch = (message: FromChild | undefined) => {
        if (message !== undefined && !isAnswer(message)) return
        clearTimeout(timer)
        this.waiting.delete(watch)
        if (message !== undefined) resolve(message)
        else reject(new Error(`the ${this.name} ${this.death ?? "does not answer"}`))
      }
      this.waiting.add(watch)
      if (this.death !== undefined) watch(undefined)
    })
    if (command !== undefined) this.tell(command)
    return answer
  }

  tell(command: ToChild): void {
    if (this.death === undefined) this.process.send(command)
  }

  stop(): void {
    this.process.removeAllListeners("close")
    this.process.kill("SIGKILL")
  }

  private notice(message: FromChild): void {
    for (const watch of this.waiting) watch(message)
  }

  private die(how: string): void {
    this.death ??= `has died (${how}): ${this.stderr.trim()}`
    for (const watch of this.waiting) watch(undefined)
  }
}
