/**
 * A node to talk through, on standard input and output.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { Mesh } from "../../services/Mesh.ts"
import * as InputLines from "../cli/InputLines.ts"
import * as NodeFlags from "../cli/NodeFlags.ts"
import { Output } from "../cli/Output.ts"
import type { Face } from "./Face.ts"
import * as JsonEvent from "./JsonEvent.ts"
import * as JsonFace from "./JsonFace.ts"
import * as TextFace from "./TextFace.ts"

/** Milliseconds that a node which is told to stop gives the commands that it has begun. */
const SETTLE_TIMEOUT_MILLIS = 2_000

export interface NodeOptions extends NodeFlags.NodeFlags {
  readonly json: boolean
}

/** Shows messages as they come. One who reads too slowly is told so, and hears what comes then. */
const messages = Effect.fnUntraced(function* (face: Face) {
  const mesh = yield* Mesh
  const output = yield* Output
  let subscription = yield* mesh.subscribe
  return Effect.forever(
    Effect.gen(function* () {
      const taken = yield* Effect.result(subscription.takeAll)
      if (Result.isSuccess(taken)) return yield* output.write(face.showMessages(taken.success))
      subscription = yield* mesh.subscribe
      yield* output.write(face.showError(taken.failure))
    })
  )
})

const peerEvents = Effect.fnUntraced(function* (face: Face) {
  const mesh = yield* Mesh
  const output = yield* Output
  const pull = yield* Stream.toPull(mesh.peerEvents)
  const show = Effect.flatMap(pull, (events) =>
    output.write(events.flatMap((event) => face.showPeerEvent(event)))
  )
  return Pull.catchDone(Effect.forever(show), () => Effect.never)
})

/** Hears the lines of standard input until one of them, or their end, stops the node. */
const input = Effect.fnUntraced(function* (face: Face) {
  const { stdin } = yield* Stdio.Stdio
  let isToldToStop = false
  yield* Stream.runForEachWhile(InputLines.lines(stdin), (line) =>
    Effect.map(face.hear(line), (goesOn) => {
      isToldToStop = !goesOn
      return goesOn
    })
  )
  if (!isToldToStop && !face.stopsAtEnd) return yield* Effect.never
  yield* Effect.timeoutOption(face.settled, SETTLE_TIMEOUT_MILLIS)
})

const talk = Effect.fnUntraced(function* ({ json }: NodeOptions) {
  const mesh = yield* Mesh
  const output = yield* Output
  const { stdinIsTerminal } = yield* Stdio.Stdio
  const face = json ? yield* JsonFace.make : yield* TextFace.make(yield* stdinIsTerminal)
  // Subscribed first, so that nothing is missed while the greeting goes out.
  const pumps = [yield* messages(face), yield* peerEvents(face)] as const
  yield* output.write(face.greeting)
  yield* Effect.raceAllFirst([mesh.failure, ...pumps, input(face)])
})

/** Runs a node until it is told to stop, or can't go on; then it leaves the network in order. */
export const run = (options: NodeOptions) =>
  talk(options).pipe(
    Effect.scoped,
    NodeFlags.provide(options),
    Effect.tapError((error) =>
      options.json
        ? Effect.ignore(
            Output.use(({ write }) => write([JsonEvent.toLine(JsonEvent.fromError(error))]))
          )
        : Effect.void
    )
  )
