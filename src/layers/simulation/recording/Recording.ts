/**
 * What was recorded of a run, as plain data that fits in a page: columns of whole numbers, and texts by their
 * index.
 *
 * Times are microseconds of virtual time since the run began. Nodes, texts and kinds are indices; -1 stands
 * for none.
 *
 * @since 0.1.0
 */

/** Messages, by the time at which they arrived (or were lost for good). */
export interface Messages {
  /** Earlier ones that were not kept. */
  readonly dropped: number
  /** When each one arrived, less when the one before it did. */
  readonly at: ReadonlyArray<number>
  /** How long it was under way. */
  readonly took: ReadonlyArray<number>
  readonly from: ReadonlyArray<number>
  readonly to: ReadonlyArray<number>
  readonly kind: ReadonlyArray<number>
  readonly text: ReadonlyArray<number>
  /** Bytes of its frame. */
  readonly bytes: ReadonlyArray<number>
  /** Which broadcast it is a copy of. */
  readonly broadcast: ReadonlyArray<number>
  /** Positions of those that never arrived. */
  readonly lost: ReadonlyArray<number>
}

/** Broadcasts that messages are copies of. */
export interface BroadcastTable {
  /** The node that made it. */
  readonly origin: ReadonlyArray<number>
  readonly kind: ReadonlyArray<number>
  readonly text: ReadonlyArray<number>
  /** When its first copy was sent. */
  readonly at: ReadonlyArray<number>
}

/** Something that lasts from one moment to another. What goes on at the end of the run has an end of -1. */
export interface Spans {
  readonly dropped: number
  readonly start: ReadonlyArray<number>
  readonly end: ReadonlyArray<number>
}

/** Connections: who dialled whom. */
export interface ConnectionTable extends Spans {
  readonly from: ReadonlyArray<number>
  readonly to: ReadonlyArray<number>
}

/** Lives of nodes. */
export interface LifeTable extends Spans {
  readonly node: ReadonlyArray<number>
  /** How it has ended: 0 not at all, 1 in order, 2 by a crash. */
  readonly how: ReadonlyArray<number>
}

/** Faults. One of a moment starts and ends at it. */
export interface FaultTable extends Spans {
  readonly fault: ReadonlyArray<number>
  readonly detail: ReadonlyArray<number>
  /** Whom it befalls; nobody in particular, where it is empty. */
  readonly nodes: ReadonlyArray<ReadonlyArray<number>>
}

/** What a program or a check has noted. */
export interface NoteTable {
  readonly dropped: number
  readonly at: ReadonlyArray<number>
  readonly text: ReadonlyArray<number>
}

/** What nodes held, whenever it was looked at and had changed. */
export interface StateTable {
  readonly dropped: number
  readonly at: ReadonlyArray<number>
  readonly node: ReadonlyArray<number>
  /** Names of those that it takes for its peers, with spaces between them. */
  readonly peers: ReadonlyArray<number>
  /** A column for each of `METRICS`. */
  readonly values: ReadonlyArray<ReadonlyArray<number>>
}

export interface Recording {
  readonly nodes: ReadonlyArray<string>
  readonly texts: ReadonlyArray<string>
  readonly kinds: ReadonlyArray<string>
  readonly metrics: ReadonlyArray<string>
  /** When the run ended. */
  readonly until: number
  readonly messages: Messages
  readonly broadcasts: BroadcastTable
  readonly connections: ConnectionTable
  readonly lives: LifeTable
  readonly faults: FaultTable
  readonly notes: NoteTable
  readonly states: StateTable
}
