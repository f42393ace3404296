/**
 * The demonstration: a real network on this machine, from its birth through a death and its healing.
 *
 * @since 0.1.0
 */
import { styleText } from "node:util"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stdio from "effect/Stdio"
import { Output } from "../cli/Output.ts"
import * as Network from "./Network.ts"
import * as Report from "./Report.ts"
import * as Story from "./Story.ts"

export interface StartOptions {
  readonly once: boolean
}

/** How to join, ready to paste. */
const invitation = (network: Network.Network): ReadonlyArray<string> => {
  const members = [...network.members.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return [
    "",
    "The network stays up until Ctrl-C:",
    ...members.map(({ address, name, subnets }) => `  ${name}  ${address}  ${subnets.join(", ")}`),
    "",
    "Join it from another terminal, and type:",
    ...Story.SUBNETS.flatMap((subnet) => {
      const host = members.find(({ subnets }) => subnets.includes(subnet))
      return host === undefined
        ? []
        : [styleText("bold", `  npm run p2p -- node --subnet ${subnet} --join ${host.address}`)]
    }),
    ""
  ]
}

const show = Effect.fnUntraced(function* (network: Network.Network, { once }: StartOptions) {
  const output = yield* Output
  const { stdoutIsTerminal } = yield* Stdio.Stdio
  const ending = yield* Effect.exit(Story.tell(network))
  const seconds = network.elapsedSeconds().toFixed(1)
  yield* output.write([...Report.render(network.chronicle.entries), `It took ${seconds} s.`])
  if (Exit.isFailure(ending)) return yield* ending
  if (once || !(yield* stdoutIsTerminal)) return
  yield* output.write(invitation(network))
  yield* Effect.never
})

/** Fails with what went wrong first, once the table has shown how far things got. */
export const run = (options: StartOptions) =>
  Effect.gen(function* () {
    const output = yield* Output
    const title = "Seven nodes on this machine, in two subnets with a bridge between them:"
    yield* output.write([title, "", ...Story.MAP, ""])
    const network = yield* Network.make
    // Who leaves last would tell of all the others.
    yield* Effect.ensuring(show(network, options), network.hush)
  }).pipe(Effect.scoped)
