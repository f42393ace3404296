/**
 * The flags of every program that runs a node: where it listens, whom it joins, which subnets it is in, and how
 * it is secured.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Flag from "effect/cli/Flag"
import type { Address } from "../../domain/Address.ts"
import * as MeshNode from "../../layers/MeshNode.ts"
import * as NodeMeshNode from "../../layers/NodeMeshNode.ts"
import { Transports } from "../../services/Transport.ts"
import { addresses } from "./AddressFlag.ts"
import * as TlsFlags from "./TlsFlags.ts"
import { UsageError } from "./UsageError.ts"

/** The subnet of a node that names none: what js2p and py2p call theirs. */
export const DEFAULT_SUBNET = "mesh"

export interface NodeFlags extends TlsFlags.TlsFlags {
  readonly listen: ReadonlyArray<Address>
  readonly join: ReadonlyArray<Address>
  readonly subnets: ReadonlyArray<string>
}

export const flags = {
  listen: addresses(
    "listen",
    "Where to listen: tcp, tls, ws or wss, as in tcp://host:port; a port of 0 is any. May come several " +
      "times: on more than one transport, a node is a bridge between them. One that listens nowhere can't " +
      "be dialled."
  ),
  join: addresses("join", "A node to stay connected to. May come several times."),
  subnets: Flag.String("subnet").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription(
      `A subnet to be in, "${DEFAULT_SUBNET}" by default. May come several times: a node ` +
        "in more than one is a bridge between them."
    ),
    Flag.atLeast(0)
  ),
  ...TlsFlags.flags
}

/** Told at once, not by dials that fail for ever. */
const check = Effect.fnUntraced(function* (options: NodeFlags) {
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

/** Runs an effect on the node that the flags ask for. Fails with `UsageError` where one of them makes no sense. */
export const provide =
  (options: NodeFlags) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) => {
    const [subnet = DEFAULT_SUBNET, ...subnets] = options.subnets
    const { join, listen } = options
    const node = MeshNode.layer({ listen, join, subnets: [subnet, ...subnets] })
    return Effect.scoped(
      Effect.gen(function* () {
        const ports = yield* Effect.catchTag(
          Layer.build(Layer.fresh(NodeMeshNode.layerPorts(TlsFlags.toOptions(options)))),
          "TlsOptionsError",
          (error) => Effect.fail(TlsFlags.usageError(options, error))
        )
        yield* Effect.provideContext(check(options), ports)
        return yield* Effect.provide(effect, Layer.provide(node, Layer.succeedContext(ports)))
      })
    )
  }
