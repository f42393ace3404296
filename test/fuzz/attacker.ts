// The attacker, in a process of its own: takes all generators in turn, a few steps at a time, while it is told
// to, and keeps within its share of a core.

import { parseArgs } from "node:util"
import { Attack } from "./Attack.ts"
import { Chance } from "./Chance.ts"
import { listen, tell } from "./ChildSide.ts"
import { generators } from "./Generators.ts"
import type { Rested } from "./Messages.ts"

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    seed: { type: "string", default: "0" },
    only: { type: "string" },
    step: { type: "string" },
    share: { type: "string", default: "0.1" }
  }
})

/** Steps under way at once. */
const WORKERS = 8

const chosen = generators
  .map((generator, number) => ({ generator, number }))
  .filter(({ generator }) => values.only === undefined || generator.name === values.only)
const tried: Record<string, number> = {}
let steps = 0
/** Whether it is told to attack. */
const orders = { attack: false }
const running = new Set<Attack>()
let last: ReadonlyArray<Rested["last"][number]> = []
const cpuMillis = () => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1000
}

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/** One step; what it draws depends on seed, generator and step alone. */
const take = async (step: number): Promise<void> => {
  const one = chosen[step % chosen.length]
  if (one === undefined) return
  const { generator, number } = one
  last = [...last, { generator: generator.name, step }].slice(-2 * WORKERS)
  steps++
  const attack = new Attack({
    port: Number(values.port),
    chance: new Chance(Number(values.seed), `${generator.name}/${step}`),
    generator,
    number,
    onTried: (frames) => {
      tried[generator.name] = (tried[generator.name] ?? 0) + frames
    },
    isOver: () => !orders.attack
  })
  running.add(attack)
  try {
    await generator.run(attack)
  } finally {
    running.delete(attack)
    attack.close()
  }
}

let next = Number(values.step ?? 0)
let resting: Promise<unknown> = Promise.resolve()

/** Whether it has used more of its core than its share by now. */
const isAhead = (sinceMillis: number, cpuBefore: number): boolean =>
  cpuMillis() - cpuBefore > Number(values.share) * (performance.now() - sinceMillis)

const attackOn = async (sinceMillis: number, cpuBefore: number): Promise<void> => {
  while (orders.attack) {
    await take(next)
    // One step alone is to be seen again, and no other.
    if (values.step === undefined) next++
    do {
      await sleep(1)
    } while (orders.attack && isAhead(sinceMillis, cpuBefore))
  }
}

listen((command) => {
  if (command === "attack" && !orders.attack) {
    orders.attack = true
    const [since, cpu] = [performance.now(), cpuMillis()]
    const workers = values.step === undefined ? WORKERS : 1
    resting = Promise.all(Array.from({ length: workers }, () => attackOn(since, cpu)))
  }
  if (command === "rest") {
    orders.attack = false
    for (const attack of running) attack.close()
    void resting.then(() => tell({ _tag: "Rested", steps, cpuMillis: cpuMillis(), tried, last }))
  }
})
tell({ _tag: "Ready", port: 0 })
