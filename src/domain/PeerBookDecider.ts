/**
 * The peer book: which addresses a node knows, and when each may be dialled next.
 *
 * It outlives the process where the journal does, so that a node that starts again finds its network
 * without being told. Who is connected just now is no part of it.
 *
 * @since 0.1.0
 */
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Address, format } from "./Address.ts"
import * as Backoff from "./Backoff.ts"
import type { Decider } from "./Decider.ts"
import { NodeId } from "./Ids.ts"
import {
  PEER_BOOK_MAX_ENTRIES,
  REDIAL_ATTEMPTS_MAX,
  REDIAL_MAX_MILLIS,
  REDIAL_MIN_MILLIS
} from "./Limits.ts"

/** How we came to know an address; one that the user configured is never forgotten. */
export const Source = Schema.Literals(["Configured", "Exchange", "Handshake"])
export type Source = typeof Source.Type

/** A peer at an address in a subnet (by name) is known. */
export const LearnPeer = Schema.TaggedStruct("LearnPeer", {
  address: Address,
  subnet: Schema.String,
  id: Schema.NullOr(NodeId),
  source: Source
})
/** A connection to it was made. */
export const RecordReached = Schema.TaggedStruct("RecordReached", {
  address: Address,
  subnet: Schema.String,
  id: NodeId
})
/** A dial failed, or a connection was lost; `jitter` is a draw from [0, 1). */
export const RecordLost = Schema.TaggedStruct("RecordLost", {
  address: Address,
  subnet: Schema.String,
  jitter: Schema.Number
})
/** It must not be dialled any more: it is ourselves, or in another subnet. */
export const ForgetPeer = Schema.TaggedStruct("ForgetPeer", {
  address: Address,
  subnet: Schema.String,
  reason: Schema.String
})

export type Command =
  | typeof LearnPeer.Type
  | typeof RecordReached.Type
  | typeof RecordLost.Type
  | typeof ForgetPeer.Type

export const PeerLearned = Schema.TaggedStruct("PeerLearned", {
  address: Address,
  subnet: Schema.String,
  id: Schema.NullOr(NodeId),
  source: Source,
  atMillis: Schema.Number
})
export const PeerReached = Schema.TaggedStruct("PeerReached", {
  address: Address,
  subnet: Schema.String,
  id: NodeId,
  atMillis: Schema.Number
})
export const PeerLost = Schema.TaggedStruct("PeerLost", {
  address: Address,
  subnet: Schema.String,
  failures: Schema.Int,
  retryAtMillis: Schema.Number
})
export const PeerForgotten = Schema.TaggedStruct("PeerForgotten", {
  address: Address,
  subnet: Schema.String,
  reason: Schema.String
})

export const Event = Schema.Union([PeerLearned, PeerReached, PeerLost, PeerForgotten])
export type Event = typeof Event.Type

export interface Entry {
  readonly address: Address
  readonly subnet: string
  readonly id: NodeId | null
  readonly source: Source
  readonly failures: number
  /** Whether the last that was heard of it is that it was reached. */
  readonly isReached: boolean
  /** When it was last reached, or told of itself; 0 for hearsay. */
  readonly seenAtMillis: number
  readonly retryAtMillis: number
}

export interface State {
  readonly entries: HashMap.HashMap<string, Entry>
}

/** The key of a peer: an address may be known in several subnets. */
export const key = (peer: { readonly address: Address; readonly subnet: string }): string =>
  `${peer.subnet} ${format(peer.address)}`

const lookup = (state: State, peer: { readonly address: Address; readonly subnet: string }) =>
  Option.getOrUndefined(HashMap.get(state.entries, key(peer)))

/** Whether a peer is in the book. */
export const isKnown = (
  state: State,
  peer: { readonly address: Address; readonly subnet: string }
): boolean => HashMap.has(state.entries, key(peer))

const longestUnseen = (state: State): Entry | undefined => {
  let oldest: Entry | undefined
  for (const entry of HashMap.values(state.entries)) {
    if (entry.source === "Configured") continue
    if (oldest === undefined || entry.seenAtMillis < oldest.seenAtMillis) oldest = entry
  }
  return oldest
}

const learn = (
  state: State,
  command: typeof LearnPeer.Type,
  nowMillis: number
): ReadonlyArray<Event> => {
  const { _tag: _, ...peer } = command
  const known = lookup(state, command)
  // Hearsay changes nothing that is known: else a liar could give a peer's address another's id.
  if (known !== undefined && command.source === "Exchange") return []
  const same =
    known !== undefined &&
    (known.id === command.id || command.id === null) &&
    (known.source === "Configured" || known.source === command.source)
  if (same) return []
  const learned = PeerLearned.make({
    ...peer,
    id: command.id ?? known?.id ?? null,
    source: known?.source === "Configured" ? "Configured" : command.source,
    atMillis: nowMillis
  })
  if (known !== undefined || HashMap.size(state.entries) < PEER_BOOK_MAX_ENTRIES) return [learned]
  const leaving = longestUnseen(state)
  if (leaving === undefined) return command.source === "Configured" ? [learned] : []
  const { address, subnet } = leaving
  return [PeerForgotten.make({ address, subnet, reason: "the peer book is full" }), learned]
}

const decide = (
  state: State,
  command: Command,
  nowMillis: number
): Result.Result<ReadonlyArray<Event>, never> => {
  const { address, subnet } = command
  const known = lookup(state, command)
  switch (command._tag) {
    case "LearnPeer":
      return Result.succeed(learn(state, command, nowMillis))
    case "RecordReached":
      return Result.succeed(
        known === undefined
          ? []
          : [PeerReached.make({ address, subnet, id: command.id, atMillis: nowMillis })]
      )
    case "RecordLost": {
      if (known === undefined) return Result.succeed([])
      // Failures in a row are forgiven by a connection that has lasted, not by one that was only made.
      const hasLasted = nowMillis - known.seenAtMillis >= REDIAL_MAX_MILLIS
      const before = known.isReached && hasLasted ? 0 : known.failures
      const failures = before + 1
      if (failures > REDIAL_ATTEMPTS_MAX && known.source !== "Configured") {
        const reason = `${REDIAL_ATTEMPTS_MAX} dials in a row have failed`
        return Result.succeed([PeerForgotten.make({ address, subnet, reason })])
      }
      const backoff = { minMillis: REDIAL_MIN_MILLIS, maxMillis: REDIAL_MAX_MILLIS }
      const delay = Backoff.delayMillis(backoff, before, command.jitter)
      const retryAtMillis = nowMillis + delay
      return Result.succeed([PeerLost.make({ address, subnet, failures, retryAtMillis })])
    }
    case "ForgetPeer":
      return Result.succeed(
        known === undefined ? [] : [PeerForgotten.make({ address, subnet, reason: command.reason })]
      )
  }
}

const evolve = (state: State, event: Event): State => {
  const at = key(event)
  const known = lookup(state, event)
  switch (event._tag) {
    case "PeerLearned":
      return {
        entries: HashMap.set(state.entries, at, {
          address: event.address,
          subnet: event.subnet,
          id: event.id,
          source: event.source,
          failures: known?.failures ?? 0,
          isReached: known?.isReached ?? false,
          seenAtMillis: event.source === "Exchange" ? 0 : event.atMillis,
          retryAtMillis: known?.retryAtMillis ?? event.atMillis
        })
      }
    case "PeerReached":
      if (known === undefined) return state
      return {
        entries: HashMap.set(state.entries, at, {
          ...known,
          id: event.id,
          isReached: true,
          seenAtMillis: event.atMillis,
          retryAtMillis: event.atMillis
        })
      }
    case "PeerLost":
      if (known === undefined) return state
      return {
        entries: HashMap.set(state.entries, at, {
          ...known,
          isReached: false,
          failures: event.failures,
          retryAtMillis: event.retryAtMillis
        })
      }
    case "PeerForgotten":
      return { entries: HashMap.remove(state.entries, at) }
  }
}

/** The decider of the peer book. It refuses nothing: what it can't use has no event. */
export const PeerBookDecider: Decider<State, Command, Event, never> = {
  initial: { entries: HashMap.empty() },
  decide,
  evolve
}

/** All entries and their keys, in no order that means anything. */
export const keyed = (state: State): Iterable<readonly [key: string, entry: Entry]> =>
  HashMap.entries(state.entries)

/** The order of two entries with their keys. */
export const byKey = (
  [a]: readonly [key: string, entry: Entry],
  [b]: readonly [key: string, entry: Entry]
): number => (a < b ? -1 : a > b ? 1 : 0)

/** All entries, in the order of their keys, so that every run goes through them alike. */
export const entries = (state: State): ReadonlyArray<Entry> =>
  [...HashMap.entries(state.entries)].sort(byKey).map(([, entry]) => entry)
