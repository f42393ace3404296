// Nodes of a simulation that speak the test protocol, and what each has heard.

import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { ProtocolProblem } from "../../src/domain/ProtocolProblem.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import { type Message, Mesh } from "../../src/services/Mesh.ts"
import type { Sender } from "../../src/services/ProtocolInbox.ts"
import type { Client } from "../../src/services/ProtocolShape.ts"
import { addressOf, type NodeOptions } from "./Network.ts"
import { messages, Negative, type Said, Test } from "./TestProtocol.ts"

export interface Speaker {
  readonly name: string
  readonly mesh: Mesh["Service"]
  readonly test: Client<typeof messages>
  /** What was said, and by whom. */
  readonly heard: ReadonlyArray<readonly [Said, Sender]>
  /** Whispers and broadcasts that are no protocol's. */
  readonly received: ReadonlyArray<Message>
  readonly problems: ReadonlyArray<ProtocolProblem>
  /** Slow handlers that run now, the most that have at once, and those that are done. */
  readonly slow: { now: number; most: number; done: number }
  /** Requests of patience that were interrupted, and those that were answered. */
  readonly patience: { interrupted: number; answered: number }
}

export interface SpeakerOptions extends NodeOptions {
  readonly concurrency?: number
  /** Says things; dies of the text "die", and fails with the text "fail". */
  readonly onSaid?: (said: Said, sender: Sender) => Effect.Effect<void>
}

/** How long a slow handler takes, in virtual milliseconds. */
export const SLOW_MILLIS = 100

/** Starts a node that speaks the test protocol. */
export const startSpeaker = Effect.fnUntraced(function* (
  name: string,
  { concurrency, onSaid, ...options }: SpeakerOptions = {}
) {
  const heard: Array<readonly [Said, Sender]> = []
  const received: Array<Message> = []
  const problems: Array<ProtocolProblem> = []
  const slow = { now: 0, most: 0, done: 0 }
  const patience = { interrupted: 0, answered: 0 }
  const protocol = Test.layer(
    {
      Said: Effect.fnUntraced(function* (said, sender) {
        if (said.text === "die") return yield* Effect.die(new Error("told to die"))
        if (said.text === "fail") return yield* Effect.fail("told to fail")
        heard.push([said, sender])
        if (onSaid !== undefined) yield* onSaid(said, sender)
      }),
      Slow: Effect.fnUntraced(function* () {
        slow.now++
        slow.most = Math.max(slow.most, slow.now)
        yield* Effect.sleep(SLOW_MILLIS)
        slow.now--
        slow.done++
      }),
      Doubled: ({ number }) => {
        if (number === 666n) return Effect.die(new Error("told to die"))
        return number < 0n ? new Negative({ number }) : Effect.succeed(number * 2n)
      },
      Patience: ({ millis }) =>
        Effect.sleep(millis).pipe(
          Effect.andThen(
            Effect.sync(() => {
              patience.answered++
              return "at last"
            })
          ),
          Effect.onInterrupt(() => Effect.sync(() => patience.interrupted++))
        )
    },
    { concurrency }
  )
  const { node } = yield* Simulation
  const context = yield* node(
    name,
    protocol.pipe(
      Layer.provideMerge(
        MeshNode.layer({
          subnets: ["mesh"],
          listen: [addressOf(name)],
          maxOutgoing: 0,
          ...options,
          join: (options.join ?? []).map(addressOf)
        })
      )
    )
  )
  const test = Context.get(context, Test)
  const mesh = Context.get(context, Mesh)
  yield* Effect.forkScoped(
    Stream.runForEach(test.problems, (problem) => Effect.sync(() => problems.push(problem)))
  )
  yield* Effect.forkScoped(
    Stream.runForEach(mesh.messages, (message) => Effect.sync(() => received.push(message)))
  )
  const speaker: Speaker = { name, mesh, test, heard, received, problems, slow, patience }
  return speaker
})

/** How many peers a speaker has. */
export const peerCount = (speaker: Speaker): number => Effect.runSync(speaker.mesh.peers).length
