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

/** Part of the nodes that are told to join somebody who is told to join them: two that dial each other at once. */
const MUTUAL = 0.4

/** The nodes of a run, and whom each joins: earlier ones, so that all hang together, and some later ones. */
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
  const earlier = Array.from({ length: nodes }, (_, i) => {
    const random = new SeededRandom(seed, `join/n${i}`)
    return i === 0 ? [] : [`n${random.below(i)}`, `n${random.below(i)}`]
  })
  const joinedBack = earlier.map((joins, i) =>
    new SeededRandom(seed, `mutual/n${i}`).chance(MUTUAL) ? joins[0] : undefined
  )
  const members = earlier.map((known, i) => {
    const name = `n${i}`
    const joins = [...known]
    for (const [later, joined] of joinedBack.entries()) if (joined === name) joins.push(`n${later}`)
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
