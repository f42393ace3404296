// A client of a presence server, by Node's own fetch: nothing of it is made of the server's code.

import { Spawned } from "../Spawned.ts"

const TIMEOUT_MILLIS = 8_000

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** A server in a process of its own, on free ports. */
export class Server {
  readonly program: Spawned
  readonly name: string
  url = ""
  mesh = ""

  constructor(name: string, ...args: ReadonlyArray<string>) {
    this.name = name
    this.program = new Spawned("presence", "server", "--name", name, ...args)
  }

  async ready(): Promise<this> {
    const { http, mesh } = JSON.parse(await this.program.line("listening"))
    this.url = http
    this.mesh = mesh[0]
    return this
  }

  async fetch(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
      headers: { "content-type": "application/json" },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) })
    })
    const text = await response.text()
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) }
  }
}

export interface SseEvent {
  readonly id: string
  readonly event: string
  readonly data: Record<string, unknown>
}

/** A reader of a server's events. */
export class Reader {
  readonly events: Array<SseEvent> = []
  hasEnded = false
  private readonly watchers = new Set<() => void>()
  private readonly abort = new AbortController()

  /** Follows a server; done once it has said hello. */
  static async of(server: Server, path = "/events", lastId?: string): Promise<Reader> {
    const reader = new Reader()
    const headers = lastId === undefined ? {} : { "last-event-id": lastId }
    const { signal } = reader.abort
    const response = await fetch(`${server.url}${path}`, { headers, signal })
    if (response.status !== 200 || response.body === null) throw new Error(await response.text())
    void reader.read(response.body)
    await reader.event("Hello")
    return reader
  }

  /** Goes away without a word. */
  leave(): void {
    this.abort.abort()
  }

  /** The first event, of those seen and those to come, that has a tag and fits. */
  event(tag: string, fits: (data: SseEvent["data"]) => boolean = () => true): Promise<SseEvent> {
    const find = () => this.events.find(({ data, event }) => event === tag && fits(data))
    return this.until(find, tag)
  }

  /** Waits for the end of the stream, and gives its last event. */
  async end(): Promise<SseEvent | undefined> {
    await this.until(() => (this.hasEnded ? true : undefined), "the end")
    return this.events.at(-1)
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ""
    try {
      for await (const chunk of body) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n")
        rest = blocks.pop() ?? ""
        for (const block of blocks) this.take(block)
        this.notice()
      }
    } catch {
      // Cut off, by us or by the server's death.
    }
    this.hasEnded = true
    this.notice()
  }

  private take(block: string): void {
    const field = (name: string) =>
      block
        .split("\n")
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2)
    const event = field("event")
    if (event === undefined) return
    this.events.push({ id: field("id") ?? "", event, data: JSON.parse(field("data") ?? "null") })
  }

  private notice(): void {
    for (const watch of this.watchers) watch()
  }

  private until<A>(find: () => A | undefined, what: string): Promise<A> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.watchers.delete(watch)
        reject(new Error(`${what} did not come; ${JSON.stringify(this.events)}`))
      }, TIMEOUT_MILLIS)
      const watch = () => {
        const found = find()
        if (found === undefined) return
        clearTimeout(timer)
        this.watchers.delete(watch)
        resolve(found)
      }
      this.watchers.add(watch)
      watch()
    })
  }
}
