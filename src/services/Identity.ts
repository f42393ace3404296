/**
 * Who a node is: its id, the subnets that it is in, and where it can be dialled.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Address } from "../domain/Address.ts"
import type { Dialect } from "../domain/Dialect.ts"
import type { Encryption, NodeId, SubnetId } from "../domain/Ids.ts"

/** A subnet that the node is in: a name, and an id for each kind of transport. */
export interface Subnet {
  readonly name: string
  readonly id: (encryption: Encryption) => SubnetId
}

export class Identity extends Context.Service<
  Identity,
  {
    readonly id: NodeId
    /** The id's UTF-8 bytes as a key, as `Hasher.toKey` makes it of a message's sender. */
    readonly idKey: string
    /** The id as MessagePack, in either dialect. */
    readonly spelled: { readonly [D in Dialect]: Uint8Array }
    readonly subnets: ReadonlyArray<Subnet>
    /** Where the node listens, for each scheme the first; what it tells its peers. */
    readonly listening: ReadonlyArray<Address>
  }
>()("effect-p2p/services/Identity") {}
