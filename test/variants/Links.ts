/** Variants of how connections come, stay and go. */
import type { Variant } from "./Variant.ts"

export const links: ReadonlyArray<Variant> = [
  {
    name: "two-connections-kept",
    what: "Of two connections to one peer the older one is not ended when the newer one takes its place.",
    file: "services/RoutingTable.ts",
    from: "this.retire(stays ? rival.connection : connection)",
    to: "if (!stays) this.retire(connection)",
    setting: "mesh",
    seeds: 8,
    invariants: ["OneConnection"],
    shrunk: { nodes: 5, faults: 0 }
  },
  {
    name: "any-subnet",
    what: "An acceptor does not look at the subnet that the dialler names.",
    file: "domain/HandshakeDecider.ts",
    from: "if (!state.subnets.includes(command.subnet)) {",
    to: `if (state.role === "Dialled" && !state.subnets.includes(command.subnet)) {`,
    setting: "mesh",
    seeds: 3,
    invariants: ["SubnetsApart"],
    shrunk: { nodes: 3, faults: 0 }
  },
  {
    name: "silence-borne",
    what: "Heartbeats that were not answered are not added up.",
    file: "services/Heartbeats.ts",
    from: "connection.heartbeatsMissed++",
    to: "connection.heartbeatsMissed = 1",
    setting: "mesh-loss",
    seeds: 12,
    invariants: ["Converges", "OneConnection", "ReachesAll"],
    shrunk: { nodes: 4, faults: 1 }
  },
  {
    name: "never-redials",
    what: "An address that was dialled once counts as being dialled for ever.",
    file: "services/Peers.ts",
    from: "        dialling.delete(PeerBook.key(entry))\n",
    to: "",
    setting: "mesh-loss",
    seeds: 12,
    invariants: ["Converges"],
    shrunk: { nodes: 4, faults: 2 }
  },
  {
    name: "no-back-off",
    what: "A lost peer is dialled again without the delay that was decided on: evolve forgets it.",
    file: "domain/PeerBookDecider.ts",
    from: `          failures: event.failures,
          retryAtMillis: event.retryAtMillis`,
    to: `          failures: event.failures`,
    setting: "mesh-churn",
    seeds: 3,
    invariants: ["WithinLimits"],
    shrunk: { nodes: 3, faults: 0 }
  },
  {
    name: "no-handshake-timeout",
    what: "A handshake may take for ever.",
    file: "services/Connections.ts",
    from: "      Effect.sleep(HANDSHAKE_TIMEOUT_MILLIS)\n",
    to: "      Effect.never\n",
    setting: "mesh-loss",
    seeds: 6,
    invariants: ["Converges", "OneConnection", "NothingLeft"],
    shrunk: { nodes: 4, faults: 1 }
  },
  {
    name: "dials-outlive-the-node",
    what: "What dials by policy runs beside the node, and not in its scope.",
    file: "services/Peers.ts",
    from: "yield* Effect.forkIn(dialThenRest(entry), scope)",
    to: "yield* Effect.forkDetach(dialThenRest(entry))",
    setting: "mesh",
    seeds: 3,
    invariants: ["NothingLeft"],
    shrunk: { nodes: 2, faults: 0 }
  },
  {
    name: "ended-never-gone",
    what: "A connection that has ended stays on the list of those that there are.",
    file: "services/Connections.ts",
    from: "        live.delete(connection)\n",
    to: "",
    setting: "mesh",
    seeds: 3,
    invariants: ["NothingLeft"],
    shrunk: { nodes: 3, faults: 0 }
  }
]
