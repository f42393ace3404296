/**
 * What the demonstration shows, in order.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Network, Plan } from "./Network.ts"

export const SUBNETS = ["north", "south"] as const
const [NORTH, SOUTH] = SUBNETS

/** The map of {@link PLANS}, for reading. */
export const MAP = [
  "  north  ada ── bob ── cyd ── dot",
  "                              dot ── eve ── fay ── gus  south"
]

/**
 * In this order each one that joins learns from its host of the host's own host. Nobody seeks a second
 * connection, so this line is what comes of it.
 */
const PLANS: ReadonlyArray<Plan> = [
  { name: "dot", subnets: SUBNETS },
  { name: "cyd", subnets: [NORTH], join: "dot" },
  { name: "bob", subnets: [NORTH], join: "cyd" },
  { name: "ada", subnets: [NORTH], join: "bob" },
  { name: "eve", subnets: [SOUTH], join: "dot" },
  { name: "fay", subnets: [SOUTH], join: "eve" },
  { name: "gus", subnets: [SOUTH], join: "fay" }
]

export const tell = Effect.fnUntraced(function* (network: Network) {
  for (const plan of PLANS) yield* network.enter(plan)

  yield* network.broadcast("ada", "good morning")
  yield* network.broadcast("gus", "who is up?")
  yield* network.whisper("ada", "bob", "a secret")
  // Two hops away: it asks the network where gus is, and dials the answer.
  yield* network.reply("eve", "gus", "I am")

  const beforeSeconds = network.elapsedSeconds()
  const { address } = yield* network.kill("bob")
  yield* network.untilLinked("ada", "cyd")
  const millis = ((network.elapsedSeconds() - beforeSeconds) * 1000).toFixed(0)
  yield* network.tell(
    `whole again after ${millis} ms: ada knew of cyd from bob (peer exchange)`,
    "bold"
  )
  yield* network.untilUnreachable("ada", address)
  yield* network.broadcast("ada", "bob is gone")
  yield* network.broadcast("gus", "so I see")

  // He joins nobody: it is ada who has never stopped trying.
  yield* network.enter({ name: "bob", subnets: [NORTH] }, address)
  yield* network.untilLinked("ada", "bob")
  yield* network.tell("ada has found bob again (redial)", "bold")
  yield* network.broadcast("bob", "back again")
})
