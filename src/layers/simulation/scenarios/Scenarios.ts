/**
 * The scenarios that are shipped, by name.
 *
 * @since 0.1.0
 */
import type { Scenario } from "../Scenario.ts"
import * as Mesh from "./Mesh.ts"

export const scenarios: ReadonlyMap<string, Scenario> = new Map(
  [Mesh.mesh, Mesh.loss, Mesh.partition, Mesh.churn, Mesh.swarm].map((scenario) => [
    scenario.name,
    scenario
  ])
)
