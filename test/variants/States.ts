/** Variants of what nodes remember, of their actors, and of their clocks. */
import type { Variant } from "./Variant.ts"

export const states: ReadonlyArray<Variant> = [
  {
    name: "restart-skips-last",
    what: "A replay of the journal leaves out its last event.",
    file: "services/EventSourced.ts",
    from: `          loaded = decider.evolve(loaded, event)
          last = entry.sequence
        })
      )
      state = loaded
`,
    to: `          state = loaded
          loaded = decider.evolve(loaded, event)
          last = entry.sequence
        })
      )
`,
    setting: "mesh-churn",
    seeds: 4,
    invariants: ["StateIsReplay"],
    shrunk: { nodes: 4, faults: 2 }
  },
  {
    name: "failed-write-applied",
    what: "What could not be kept is applied all the same.",
    file: "services/EventSourced.ts",
    from: `          if (Exit.isSuccess(kept)) {
            sequence += events.length
`,
    to: `          if (Exit.isSuccess(kept) || isStale) {
            sequence += events.length
`,
    setting: "mesh-swarm",
    seeds: 10,
    invariants: ["StateIsReplay"],
    shrunk: { nodes: 4, faults: 2 }
  },
  {
    name: "acknowledged-before-kept",
    what: "A command counts as done before its events are in the journal.",
    file: "services/EventSourced.ts",
    from: "Effect.map(Effect.exit(append), (kept) => {",
    to: "Effect.map(Effect.exit(Effect.forkDetach(append)), (kept) => {",
    setting: "mesh-churn",
    seeds: 6,
    invariants: ["StateIsReplay"],
    shrunk: { nodes: 4, faults: 2 }
  },
  {
    name: "handshake-evolves-late",
    what: "Evolve takes a completed handshake for one that is still open, unlike decide.",
    file: "domain/HandshakeDecider.ts",
    from: `return { ...state, phase: "Completed", result: event }`,
    to: `return { ...state, result: event }`,
    setting: "mesh",
    seeds: 3,
    invariants: ["Converges", "WithinLimits"],
    shrunk: { nodes: 2, faults: 0 }
  },
  {
    name: "identity-not-kept",
    what: "The id of a node is not written down.",
    file: "layers/MeshNode.ts",
    from: "    yield* journal.append({ stream: STREAM, after: 0, atMillis, events: [event] })\n",
    to: "    yield* Effect.forEach([event], () => Effect.succeed(atMillis))\n",
    setting: "mesh-churn",
    seeds: 3,
    invariants: ["SameIdentity"],
    shrunk: { nodes: 3, faults: 1 }
  },
  {
    name: "killed-not-restarted",
    what: "An actor that was killed is taken for one that was stopped.",
    file: "services/Supervisor.ts",
    from: "const stopped = Exit.isSuccess(exit) || isClosing",
    to: "const stopped = Exit.isSuccess(exit) || isClosing || Exit.hasInterrupts(exit)",
    setting: "mesh-swarm",
    seeds: 8,
    invariants: ["ReachesAll", "Converges", "OneConnection", "StopsInTime", "AnswersArrive"],
    shrunk: { nodes: 5, faults: 3 }
  },
  {
    name: "wrong-clock",
    what: "Broadcasts are stamped with the clock that measures what has passed, and not with the time of day.",
    file: "services/Relay.ts",
    from: "const nowSecond = Math.floor(this.clock.currentTimeMillisUnsafe() / 1000)",
    to: "const nowSecond = Number(this.clock.monotonicTimeNanosUnsafe() / 1_000_000_000n)",
    setting: "mesh",
    seeds: 3,
    invariants: ["ReachesAll"],
    shrunk: { nodes: 2, faults: 0 }
  }
]
