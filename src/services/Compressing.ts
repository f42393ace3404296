/**
 * Compression as a service. Adapters: `layers/NodeCompressing.ts`, `layers/PureCompressing.ts`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Compressor } from "../domain/Compression.ts"

export class Compressing extends Context.Service<Compressing, Compressor>()(
  "effect-p2p/services/Compressing"
) {}
