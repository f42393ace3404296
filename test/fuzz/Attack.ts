/** What a generator is given: chance, connections, and somebody who counts what it has tried. */
import type { Chance } from "./Chance.ts"
import { Line } from "./Line.ts"
import { greeting, KINDS, type Kind, type Speaker } from "./Speech.ts"

const HOSTS_IN_NET = 250

/** Hosts enough that no limit of one is met. */
export const MANY_HOSTS = HOSTS_IN_NET * HOSTS_IN_NET

/** One kind of hostile input. */
export interface Generator {
  readonly name: string
  /**
   * How many hosts its connections come from. Few where it is to be seen that a host's limits hold; many where
   * they would keep the node from ever seeing the rest.
   */
  readonly hosts: number
  readonly run: (attack: Attack) => Promise<void>
}

export interface AttackOptions {
  readonly port: number
  readonly chance: Chance
  readonly generator: Generator
  /** The generator's place in the list: its hosts are its own. */
  readonly number: number
  readonly onTried: (frames: number) => void
  readonly isOver: () => boolean
}

export class Attack {
  readonly chance: Chance
  private readonly options: AttackOptions
  private readonly lines: Array<Line> = []

  constructor(options: AttackOptions) {
    this.options = options
    this.chance = options.chance
  }

  /** Whether the time for attacks is up: what takes long must look. */
  get isOver(): boolean {
    return this.options.isOver()
  }

  speaker(kind: Kind = this.chance.pick(KINDS)): Speaker {
    return { id: `fuzz${this.options.number}x${this.chance.below(2 ** 31)}`, kind }
  }

  /** A connection that nothing was said on; none where the node takes no more of them. */
  async open(reads = true): Promise<Line | undefined> {
    if (this.isOver) return undefined
    const host = this.chance.below(this.options.generator.hosts)
    const [third, fourth] = [Math.floor(host / HOSTS_IN_NET), 1 + (host % HOSTS_IN_NET)]
    const address = `127.${64 + this.options.number}.${third}.${fourth}`
    const line = await Line.open({ host: address, port: this.options.port, reads })
    if (line !== undefined) this.lines.push(line)
    return line
  }

  /** A connection that has said its greeting. */
  async meet(
    speaker: Speaker,
    methods: ReadonlyArray<number> = [],
    reads = true
  ): Promise<Line | undefined> {
    const line = await this.open(reads)
    for (const frame of greeting(speaker, methods)) await line?.write(frame)
    return line
  }

  /** Tries a frame, or something that pretends to be one. */
  async say(line: Line, bytes: Uint8Array, frames = 1): Promise<void> {
    if (line.isClosed) return
    this.options.onTried(frames)
    await line.write(bytes)
  }

  /** Tries some frames, for as long as there is somebody to hear them. */
  async sayMany(
    line: Line | undefined,
    count: number,
    make: () => Uint8Array,
    frames = 1
  ): Promise<void> {
    for (let i = 0; i < count; i++) {
      if (line === undefined || line.isClosed || this.isOver) return
      await this.say(line, make(), frames)
    }
  }

  /** Lets some time pass. */
  rest(millis: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.isOver ? 0 : millis))
  }

  /** Closes all that is open. */
  close(): void {
    for (const line of this.lines) line.close()
  }
}
