/**
 * The nodes of a run: their names and subnets, and whom each joins.
 *
 * @since 0.1.0
 */
import type { Parts } from "./NodeChecks.ts"
import type { ScenarioConfig } from "./ScenarioConfig.ts"
import { SeededRandom } from "./SeededRandom.ts"

/** A node under test, in its present life. */
export interface Subject {
  readonly index: number
  readonly name: string
  readonly subnet: string
  /** Whom it joins, by name. */
  readonly joins: ReadonlyArray<string>
  life: number
  /** Undefined while it is down. */
  parts: Parts | undefined
}

const SUBNET = "mesh"
const OTHER_SUBNET = "other"

/** The nodes of a run, and whom each joins: earlier ones, so that all hang together. */
export const cast = (config: ScenarioConfig, seed: number | string): ReadonlyArray<Subject> => {
  const node = (index: number, name: string, subnet: string, joins: ReadonlyArray<string>) => ({
    index,
    name,
    subnet,
    joins,
    life: 0,
    parts: undefined
  })
  const { nodes, outsiders } = config
  const members = Array.from({ length: nodes }, (_, i) => {
    const name = `n${i}`
    const random = new SeededRandom(seed, `join/${name}`)
    const joins = i === 0 ? [] : [`n${random.below(i)}`, `n${random.below(i)}`]
    // One that is told to join a network that is not its own.
    if (i === 1 && outsiders > 0) joins.push("x0")
    return node(i, name, SUBNET, [...new Set(joins)])
  })
  const others = Array.from({ length: outsiders }, (_, i) => {
    const name = `x${i}`
    const joins = i === 0 ? [`n${i % nodes}`] : [`x${i - 1}`, `n${i % nodes}`]
    return node(nodes + i, name, OTHER_SUBNET, joins)
  })
  return [...members, ...others]
}
