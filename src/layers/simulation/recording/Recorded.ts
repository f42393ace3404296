/**
 * What a recorder has seen of a run.
 *
 * @since 0.1.0
 */
import type { FaultSpan } from "./FaultSpans.ts"
import type { Kind } from "./Naming.ts"

/** A broadcast, whatever has become of it. */
export interface MadeBroadcast {
  /** The node that made it; undefined where nobody knows whose id it bears. */
  readonly origin: string | undefined
  readonly kind: Kind
  readonly text: string
  readonly sentMillis: number
}

/** A message between two nodes. */
export interface RecordedMessage {
  readonly from: string
  readonly to: string
  readonly kind: Kind
  readonly text: string
  readonly bytes: number
  readonly sentMillis: number
  /** When it arrived, or when it was sure that it never will. */
  readonly atMillis: number
  readonly isLost: boolean
  readonly broadcast: MadeBroadcast | undefined
}

/** A connection, or a life. */
export interface Span {
  readonly startMillis: number
  endMillis: number | undefined
}
export interface RecordedConnection extends Span {
  readonly from: string
  readonly to: string
}
export interface RecordedLife extends Span {
  readonly node: string
  how: "Up" | "Stopped" | "Crashed"
}

/** What a node held at a moment. */
export interface RecordedState {
  readonly node: string
  readonly atMillis: number
  readonly peers: string
  readonly values: ReadonlyArray<number>
}

/** What is seen of a node. */
export const METRICS = [
  "open connections",
  "connections in handshake",
  "bytes in outboxes",
  "messages in relay cache",
  "peers in book",
  "messages in",
  "broadcasts made",
  "copies passed on",
  "duplicates",
  "refused",
  "clock ahead by ms"
] as const

/** Something that was noted. */
export interface RecordedNote {
  readonly atMillis: number
  readonly text: string
}

/** The latest of many, and how many were forgotten. */
export interface Kept<A> {
  readonly dropped: number
  readonly items: ReadonlyArray<A>
}

export interface Recorded {
  /** Nodes in the order in which they were first seen. */
  readonly nodes: ReadonlySet<string>
  readonly messages: Kept<RecordedMessage>
  /** Those that have ended, and those that have not. */
  readonly connections: Kept<RecordedConnection>
  readonly openConnections: ReadonlyMap<string, RecordedConnection>
  readonly lives: Kept<RecordedLife>
  readonly openLives: ReadonlyMap<string, RecordedLife>
  readonly faults: Kept<FaultSpan>
  readonly notes: Kept<RecordedNote>
  readonly states: Kept<RecordedState>
  readonly nowMillis: number
}
