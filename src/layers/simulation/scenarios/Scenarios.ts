/**
 * The scenarios that are shipped, by name.
 *
 * @since 0.1.0
 */
import type { Scenario } from "../Scenario.ts"
import * as Mesh from "./Mesh.ts"
import * as MeshCost from "./MeshCost.ts"

const all: ReadonlyArray<Scenario> = [
  Mesh.mesh,
  Mesh.loss,
  Mesh.partition,
  Mesh.churn,
  Mesh.swarm,
  MeshCost.cost
]

export const scenarios: ReadonlyMap<string, Scenario> = new Map(
  all.map((scenario) => [scenario.name, scenario])
)
