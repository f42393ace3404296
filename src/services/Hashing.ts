/**
 * The digests as a service. Adapters: `layers/NodeHashing.ts`, `layers/PureHashing.ts`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Hasher } from "../domain/Hasher.ts"

export class Hashing extends Context.Service<Hashing, Hasher>()("effect-p2p/services/Hashing") {}
