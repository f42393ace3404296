/** Variants of how messages travel. */
import type { Variant } from "./Variant.ts"

export const messages: ReadonlyArray<Variant> = [
  {
    name: "cache-forgets-early",
    what: "The relay cache lets go of a second's messages as soon as the second is over.",
    file: "domain/SeenMessages.ts",
    from: "if (second < nowSecond - MESSAGE_AGE_MAX_SECONDS) this.drop(second, bucket)",
    to: "if (second < nowSecond) this.buckets.delete(second)",
    setting: "mesh",
    seeds: 12,
    invariants: ["AtMostOnce"],
    shrunk: { nodes: 4, faults: 0 }
  },
  {
    name: "relay-back-to-sender",
    what: "A broadcast is passed on to all peers, the one that it came from among them.",
    file: "services/Relay.ts",
    from: "if (target === from || target.peerKey === originator) continue",
    to: "if (target.peerKey === originator) continue",
    setting: "mesh",
    seeds: 6,
    invariants: ["FloodsOnce"],
    shrunk: { nodes: 4, faults: 0 }
  },
  {
    name: "relay-to-originator",
    what: "A broadcast is passed on to its originator, by whom it did not come from.",
    file: "services/Relay.ts",
    from: "if (target === from || target.peerKey === originator) continue",
    to: "if (target === from) continue",
    setting: "mesh",
    seeds: 6,
    invariants: ["FloodsOnce"],
    shrunk: { nodes: 4, faults: 0 }
  },
  {
    name: "outbox-lost-wakeup",
    what: "A flush that finds the outbox empty stays scheduled, so that no later frame schedules one.",
    file: "services/Outbox.ts",
    from: `      this.flushScheduled = false
      // A writer that was busy has taken all of it meanwhile.
      if (this.queuedBytes === 0) return
`,
    to: `      // A writer that was busy has taken all of it meanwhile.
      if (this.queuedBytes === 0) return
      this.flushScheduled = false
`,
    setting: "mesh",
    seeds: 3,
    invariants: ["ReachesAll", "AnswersArrive", "Converges", "StopsInTime"],
    shrunk: { nodes: 2, faults: 0 }
  },
  {
    name: "digest-unchecked",
    what: "Whether a message's digest fits is not looked at.",
    file: "domain/Body.ts",
    from: "if (!Bytes.isKey(body, 0, hasher.sha256Key(envelope.packed))) {",
    to: "if (envelope.packed.length === 0) {",
    setting: "mesh-loss",
    seeds: 4,
    invariants: ["Genuine", "AtMostOnce"],
    shrunk: { nodes: 3, faults: 1 }
  },
  {
    name: "replies-to-peers-only",
    what: "A reply is given up where its sender is not a direct peer.",
    file: "services/Mesh.ts",
    from: "whispering.toAnyone(to.sender, encoded)",
    to: "whispering.toPeer(to.sender, encoded)",
    setting: "mesh",
    seeds: 6,
    invariants: ["AnswersArrive"],
    shrunk: { nodes: 4, faults: 0 }
  },
  {
    name: "search-forgotten",
    what: "A search is forgotten as soon as it has been asked, so that its answer finds nobody.",
    file: "services/PeerRequests.ts",
    from: `          waiting.set(requestId, search)
`,
    to: ``,
    setting: "mesh",
    seeds: 6,
    invariants: ["AnswersArrive"],
    shrunk: { nodes: 4, faults: 0 }
  },
  {
    name: "pieces-swapped",
    what: "Small pieces of a frame are joined in the wrong order.",
    file: "domain/Frame.ts",
    from: "joined = Bytes.concat([last, joined])",
    to: "joined = Bytes.concat([joined, last])",
    setting: "mesh",
    seeds: 4,
    invariants: ["ReachesAll", "AnswersArrive", "Converges", "NoDefects"],
    shrunk: { nodes: 3, faults: 0 }
  }
]
