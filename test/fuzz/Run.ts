/** One run: quiet and attacked windows in turn, and a look at the node between them. */
import { say } from "../../bench/harness/Progress.ts"
import { median } from "../../bench/harness/Statistics.ts"
import { Child } from "./Child.ts"
import { GoodPeers } from "./GoodPeers.ts"
import type { Health, Rested } from "./Messages.ts"
import type { Options } from "./Options.ts"

/** What was seen of the good peers and the node in one window. */
interface Window {
  readonly perSecond: number
  /** Processor time of the node for each broadcast that it carried, in microseconds. */
  readonly cpuMicros: number
  /** The node's share of a core. */
  readonly load: number
}

export interface Outcome {
  readonly quiet: ReadonlyArray<Window>
  readonly attacked: ReadonlyArray<Window>
  readonly delivered: number
  readonly health: Health
  readonly attack: Rested
  /** What did not hold, but for what the figures say. */
  readonly problems: ReadonlyArray<string>
}

/** Attacked windows are as many times longer than quiet ones. */
const ATTACKED_TO_QUIET = 3
const WINDOW_MILLIS = { min: 200, max: 2_000 }
const CYCLES = 8

/** After a window has begun, what the one before has left behind passes first. */
const SETTLE_MILLIS = 50

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

class Run {
  readonly options: Options
  readonly node: Child
  readonly peers = new GoodPeers()
  readonly quiet: Array<Window> = []
  readonly attacked: Array<Window> = []
  attacker: Child | undefined
  attack: Rested = { _tag: "Rested", steps: 0, cpuMillis: 0, tried: {}, last: [] }
  health: Health | undefined
  private spokenMillis = 0
  private readonly beganMillis = performance.now()

  constructor(options: Options) {
    this.options = options
    this.node = new Child("node", "node.ts", [])
  }

  async look(): Promise<Health> {
    this.peers.look()
    this.health = await this.node.ask("Health", "health")
    if (performance.now() - this.spokenMillis >= 1000) this.speak(this.health)
    return this.health
  }

  private speak(health: Health): void {
    this.spokenMillis = performance.now()
    const seconds = Math.round((this.spokenMillis - this.beganMillis) / 1000)
    const tried = Object.values(this.attack.tried).reduce((sum, frames) => sum + frames, 0)
    const refused = Object.values(health.refusals).reduce<number>((sum, n) => sum + (n ?? 0), 0)
    say(
      `[${seconds}/${this.options.seconds} s] frames ${tried}, refused ${refused}, ` +
        `delivered ${this.peers.delivered}, peers ${health.connections}, ` +
        `memory ${Math.round(health.residentBytes / 1_048_576)} MiB`
    )
  }

  /** Measures for some time, with a look each second. */
  async window(millis: number): Promise<Window> {
    await sleep(SETTLE_MILLIS)
    const before = await this.look()
    const delivered = this.peers.delivered
    const since = performance.now()
    while (performance.now() - since < millis) {
      await sleep(Math.min(1000, millis - (performance.now() - since)))
      await this.look()
    }
    const seconds = (performance.now() - since) / 1000
    const count = this.peers.delivered - delivered
    const after = await this.look()
    const cpuMillis = after.cpuMillis - before.cpuMillis
    return {
      perSecond: count / seconds,
      cpuMicros: (cpuMillis * 1000) / Math.max(1, count),
      load: cpuMillis / 1000 / seconds
    }
  }

  async all(): Promise<void> {
    const { only, seconds, seed, step } = this.options
    const { port } = await this.node.ask("Ready")
    const args = [`--port=${port}`, `--seed=${seed}`]
    if (only !== undefined) args.push(`--only=${only}`)
    if (step !== undefined) args.push(`--step=${step}`)
    this.attacker = new Child("attacker", "attacker.ts", args)
    await this.attacker.ask("Ready")
    await this.peers.start(port)
    const total = seconds * 1000
    const quietMillis = Math.min(
      WINDOW_MILLIS.max,
      Math.max(WINDOW_MILLIS.min, total / CYCLES / (1 + ATTACKED_TO_QUIET))
    )
    // The first of each is for the compiler.
    await this.window(quietMillis)
    const until = performance.now() + total
    do {
      this.quiet.push(await this.window(quietMillis))
      this.attacker.tell("attack")
      this.attacked.push(await this.window(ATTACKED_TO_QUIET * quietMillis))
      this.attack = await this.attacker.ask("Rested", "rest")
    } while (performance.now() < until && !this.isBroken)
    await this.peers.finish()
    await this.look()
  }

  private get isBroken(): boolean {
    return this.peers.problems.length > 0 || (this.health?.defects.length ?? 0) > 0
  }

  stop(): void {
    this.node.stop()
    this.attacker?.stop()
  }
}

export const middle = (windows: ReadonlyArray<Window>, figure: keyof Window): number =>
  median(windows.map((window) => window[figure]))

const NO_HEALTH: Health = {
  _tag: "Health",
  residentBytes: 0,
  peakResidentBytes: 0,
  cpuMillis: 0,
  connections: 0,
  handlerDefects: 0,
  defects: [],
  refusals: {}
}

/** Runs it all. What breaks is a problem of the outcome's. */
export const run = async (options: Options): Promise<Outcome> => {
  const all = new Run(options)
  const problems: Array<string> = []
  try {
    await all.all()
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
    // What was under way when it broke.
    const attacker = all.attacker
    if (attacker !== undefined && attacker.death === undefined) {
      all.attack = await attacker.ask("Rested", "rest").catch(() => all.attack)
    }
  } finally {
    all.stop()
  }
  return {
    quiet: all.quiet,
    attacked: all.attacked,
    delivered: all.peers.delivered,
    health: all.health ?? NO_HEALTH,
    attack: all.attack,
    problems: [...problems, ...all.peers.problems, ...(all.health?.defects ?? [])]
  }
}
