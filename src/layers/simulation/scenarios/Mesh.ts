/**
 * The scenarios of a mesh: no faults, bad links, partitions, nodes that come and go, and all of it.
 *
 * @since 0.1.0
 */
import * as MeshPhases from "../MeshPhases.ts"
import type { Scenario } from "../Scenario.ts"
import type { ScenarioConfig } from "../ScenarioConfig.ts"

/** A network small enough that a thousand runs of it take minutes. */
const config: ScenarioConfig = {
  nodes: 10,
  outsiders: 1,
  outgoing: 3,
  broadcastsPerSecond: 2,
  safetyMillis: 60_000,
  livenessMillis: 120_000,
  faultsPerMinute: {},
  isSwarm: false
}

export const mesh: Scenario = {
  name: "mesh",
  description: "Nodes join each other and talk; nothing goes wrong.",
  config,
  program: MeshPhases.all
}

export const loss: Scenario = {
  name: "mesh-loss",
  description: "Links break, stand still, flip bits and fall silent.",
  config: { ...config, faultsPerMinute: { reset: 1, stall: 1, flipBits: 1, halfOpen: 0.3 } },
  program: MeshPhases.all
}

export const partition: Scenario = {
  name: "mesh-partition",
  description: "The network is cut in parts, both ways or one, and healed, again and again.",
  config: { ...config, safetyMillis: 120_000, faultsPerMinute: { partition: 0.3, hold: 0.5 } },
  program: MeshPhases.all
}

export const churn: Scenario = {
  name: "mesh-churn",
  description: "Nodes crash, perhaps in the middle of a write, or stop, and start again.",
  config: { ...config, faultsPerMinute: { crash: 1, stop: 0.5, slowDisk: 2 } },
  program: MeshPhases.all
}

export const swarm: Scenario = {
  name: "mesh-swarm",
  description: "A mix of all faults, drawn from the seed: which kinds, and how often.",
  config: {
    ...config,
    isSwarm: true,
    faultsPerMinute: {
      partition: 0.2,
      stall: 0.5,
      hold: 0.3,
      reset: 0.5,
      halfOpen: 0.2,
      flipBits: 0.5,
      slowReader: 0.3,
      crash: 0.4,
      stop: 0.2,
      pause: 0.3,
      stepClock: 0.3,
      driftClock: 0.3,
      failWrites: 0.5,
      slowDisk: 0.5,
      killActor: 1
    }
  },
  program: MeshPhases.all
}
