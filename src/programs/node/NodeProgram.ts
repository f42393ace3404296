/**
 * A node to talk through, on standard input and output.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type { Address } from "../../domain/Address.ts"
import * as MeshNode from "../../layers/MeshNode.ts"
import * as NodeMeshNode from "../../layers/NodeMeshNode.ts"
import { Mesh } from "../../services/Mesh.ts"
import { Transports } from "../../services/Transport.ts"
import * as InputLines from "../cli/InputLines.ts"
import { Output } from "../cli/Output.ts"
import * as TlsFlags from "../cli/TlsFlags.ts"
import { UsageError } from "../cli/UsageError.ts"
import type { Face } from "./Face.ts"
import * as JsonEvent from "./JsonEvent.ts"
import * as JsonFace from "./JsonFace.ts"
import * as TextFace from "./TextFace.ts"

/** Milliseconds that a node which is told to stop gives the commands that it has begun. */
const SETTLE_TIMEOUT_MILLIS = 2_000

/** The subnet of a node that names none: what js2p and py2p call theirs. */
export const DEFAULT_SUBNET = "mesh"

export interface NodeOptions extends TlsFlags.TlsFlags {
  readonly listen: ReadonlyArray<Address>
  readonly join: ReadonlyArray<Address>
  readonly subnets: ReadonlyArray<string>
  readonly json: boolean
}

/** Told at once, not by dials that fail for ever. */
const check = Effect.fnUntraced(function* (options: NodeOptions) {
  const transports = yield* Transports
  const schemes = new Set(transports.all.map(({ scheme }) => scheme))
  const known = [...schemes].join(", ")
  if (options.subnets.includes("")) {
    return yield* new UsageError({ flag: "subnet", value: '""', reason: "a subnet has a name" })
  }
  for (const flag of ["listen", "join"] as const) {
    for (const address of options[flag]) {
      const value = String(address)
      if (!schemes.has(address.scheme)) {
        const reason = `no transport for ${address.scheme}; there is ${known}`
        return yield* new UsageError({ flag, value, reason })
      }
      if (flag === "join" && address.port === 0) {
        return yield* new UsageError({ flag, value, reason: "port 0 can't be dialled" })
      }
    }
  }
})

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
  Effect.gen(function* () {
    yield* check(options)
    const [subnet = DEFAULT_SUBNET, ...subnets] = options.subnets
    const { join, listen } = options
    const node = MeshNode.layer({ listen, join, subnets: [subnet, ...subnets] })
    yield* talk(options).pipe(Effect.scoped, Effect.provide(node))
  }).pipe(
    Effect.provide(Layer.fresh(NodeMeshNode.layerPorts(TlsFlags.toOptions(options)))),
    Effect.catchTag("TlsOptionsError", (error) => Effect.fail(TlsFlags.usageError(options, error))),
    Effect.tapError((error) =>
      options.json
        ? Effect.ignore(
            Output.use(({ write }) => write([JsonEvent.toLine(JsonEvent.fromError(error))]))
          )
        : Effect.void
    )
  )
