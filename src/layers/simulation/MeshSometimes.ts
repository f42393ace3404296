/**
 * What a network of mesh nodes should go through now and then, and where it is seen: in the trace, and in what
 * each life of a node has counted by its end.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Reason } from "../../domain/ConnectionError.ts"
import type { RefusalReason } from "../../domain/RefusalReason.ts"
import type { Parts } from "./NodeChecks.ts"
import type { Sometimes } from "./Sometimes.ts"
import type { TraceEvent } from "./Trace.ts"

const IN_FLIGHT = {
  partition: "a partition came while a broadcast was in flight",
  repair: "a partition was repaired while a broadcast was in flight",
  crash: "a node crashed while a broadcast was in flight",
  reset: "a connection broke while a broadcast was in flight"
} as const

export const HEARD_AGAIN = "a node heard in its next life what it had heard before"
export const RESTARTED = "a node started again and knew its peers by its journal"
export const JOURNAL_FAILED = "a journal write failed"
export const ACTOR_RESTARTED = "an actor was killed and came back"
const TORN = "a crash tore a journal write"
const LOST = "a crash lost a journal write"
const RACE = "two connections of one pair of nodes raced"
const NOBODY = "a dial reached nobody"

/** What ends of connections show. */
const ENDS: { readonly [R in Reason]?: string } = {
  DuplicateConnection: RACE,
  Unresponsive: "a silent peer was given up",
  HandshakeTimeout: "a handshake ran out of time",
  WrongSubnet: "a node of another subnet was refused",
  Malformed: "a stream that could no longer be read was given up"
}

/** What refused messages show. */
const REFUSALS: { readonly [R in RefusalReason]?: string } = {
  WrongDigest: "a message with a flipped bit was refused",
  Expired: "a broadcast came too late to be taken",
  Early: "a broadcast came too early to be taken"
}

export const NAMES: ReadonlyArray<string> = [
  ...Object.values(IN_FLIGHT),
  HEARD_AGAIN,
  RESTARTED,
  JOURNAL_FAILED,
  TORN,
  LOST,
  ACTOR_RESTARTED,
  NOBODY,
  ...Object.values(ENDS),
  ...Object.values(REFUSALS)
]

/** Looks at an event of the trace. */
export const onEvent = (
  sometimes: Sometimes,
  event: TraceEvent,
  isAnyInFlight: (atMillis: number) => boolean
): void => {
  if (event._tag !== "FaultInjected") return
  const { atMillis, fault } = event
  if (fault === "torn-write") sometimes.sometimes(TORN)
  if (fault === "lost-write") sometimes.sometimes(LOST)
  if (fault !== "partition" && fault !== "repair" && fault !== "crash" && fault !== "reset") return
  if (isAnyInFlight(atMillis)) sometimes.sometimes(IN_FLIGHT[fault])
}

/** Adds what a life of a node has counted to the sums of the run, at its end. */
export const settle = (
  sometimes: Sometimes,
  sums: Map<string, number>,
  { connections, mesh }: Parts
): void => {
  const add = (name: string, count: number) => {
    if (count > 0) sums.set(name, (sums.get(name) ?? 0) + count)
  }
  const { dropped, ...counters } = Effect.runSync(mesh.counters)
  for (const [name, count] of Object.entries(counters)) add(name, count)
  for (const [verdict, count] of Object.entries(dropped)) add(`dropped ${verdict}`, count)
  const { dialsFailed, ended, opened, refused } = connections.tally
  add("connectionsOpened", opened)
  add("dialsFailed", dialsFailed)
  sometimes.sometimes(NOBODY, dialsFailed)
  for (const ends of [ended, refused]) {
    for (const [reason, count] of ends) {
      add(`connections ended ${reason}`, count)
      const name = ENDS[reason]
      if (name !== undefined) sometimes.sometimes(name, count)
    }
  }
  for (const [reason, count] of connections.refusals) {
    add(`refused ${reason}`, count)
    const name = REFUSALS[reason]
    if (name !== undefined) sometimes.sometimes(name, count)
  }
}
