// Prints the trace of a small swarm for the seed that it is given: a process of its own, for the test of that.

import { runScenario } from "../../src/layers/simulation/Scenario.ts"
import { swarm } from "../../src/layers/simulation/scenarios/Mesh.ts"

export const traceOf = (seed: number): string =>
  runScenario(swarm, { ...swarm.config, nodes: 5, safetyMillis: 20_000 }, seed).trace

if (process.argv[1]?.endsWith("SwarmTrace.ts")) console.log(traceOf(Number(process.argv[2])))
