/**
 * The recording as the page uses it: columns as typed arrays, and what is asked of them.
 *
 * @since 0.1.0
 */
import type { BrokenInvariant, ReportData, RunSummary } from "./Data.ts"

/** Messages between two entries of the index that tells which of them can be in view. */
const CHUNK = 256

export interface Model {
  readonly run: RunSummary
  readonly nodes: ReadonlyArray<string>
  readonly texts: ReadonlyArray<string>
  readonly kinds: ReadonlyArray<string>
  readonly metrics: ReadonlyArray<string>
  /** Microseconds that the run took. */
  readonly until: number
  readonly count: number
  readonly dropped: number
  /** Columns of messages, by their arrival. */
  readonly arrived: Float64Array
  readonly sent: Float64Array
  readonly from: Int32Array
  readonly to: Int32Array
  readonly kind: Uint8Array
  readonly text: Int32Array
  readonly bytes: Int32Array
  readonly broadcast: Int32Array
  readonly isLost: Uint8Array
  /** When the earliest of each chunk was sent. */
  readonly chunkSent: Float64Array
  readonly recording: ReportData["recording"]
  /** For each node the positions of its states, in order. */
  readonly statesOf: ReadonlyArray<ReadonlyArray<number>>
  readonly livesOf: ReadonlyArray<ReadonlyArray<number>>
  readonly violations: ReadonlyArray<
    BrokenInvariant & { readonly at: number; readonly row: number }
  >
}

const grouped = (keys: ReadonlyArray<number>, groups: number): ReadonlyArray<Array<number>> => {
  const positions = Array.from({ length: groups }, (): Array<number> => [])
  keys.forEach((key, i) => positions[key]?.push(i))
  return positions
}

export const modelOf = ({ recording, run }: ReportData): Model => {
  const { messages } = recording
  const count = messages.at.length
  const arrived = new Float64Array(count)
  const sent = new Float64Array(count)
  const chunkSent = new Float64Array(Math.ceil(count / CHUNK)).fill(Number.POSITIVE_INFINITY)
  let at = 0
  for (let i = 0; i < count; i++) {
    at += messages.at[i] ?? 0
    arrived[i] = at
    const sentAt = at - (messages.took[i] ?? 0)
    sent[i] = sentAt
    const chunk = Math.floor(i / CHUNK)
    if (sentAt < (chunkSent[chunk] ?? 0)) chunkSent[chunk] = sentAt
  }
  const isLost = new Uint8Array(count)
  for (const i of messages.lost) isLost[i] = 1
  const rows = new Map(recording.nodes.map((name, row) => [name, row]))
  return {
    run,
    nodes: recording.nodes,
    texts: recording.texts,
    kinds: recording.kinds,
    metrics: recording.metrics,
    until: Math.max(recording.until, 1),
    count,
    dropped: messages.dropped,
    arrived,
    sent,
    from: Int32Array.from(messages.from),
    to: Int32Array.from(messages.to),
    kind: Uint8Array.from(messages.kind),
    text: Int32Array.from(messages.text),
    bytes: Int32Array.from(messages.bytes),
    broadcast: Int32Array.from(messages.broadcast),
    isLost,
    chunkSent,
    recording,
    statesOf: grouped(recording.states.node, recording.nodes.length),
    livesOf: grouped(recording.lives.node, recording.nodes.length),
    violations: run.violations.map((violation) => ({
      ...violation,
      at: violation.atMillis * 1_000,
      row: violation.node === null ? -1 : (rows.get(violation.node) ?? -1)
    }))
  }
}

/** The first position whose value is not below a limit, of ascending ones. */
export const lowerBound = (values: ArrayLike<number>, limit: number): number => {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** Calls back for each message that is under way at some moment from one time to another. */
export const forEachBetween = (
  { arrived, chunkSent, count, sent }: Model,
  from: number,
  until: number,
  visit: (message: number) => void
): void => {
  let i = lowerBound(arrived, from)
  while (i < count) {
    if (i % CHUNK === 0 && (chunkSent[i / CHUNK] ?? 0) > until) {
      // None of this chunk is sent yet.
      i += CHUNK
      continue
    }
    if ((sent[i] ?? 0) <= until) visit(i)
    i++
  }
}

/** Whether a span is open at a moment. */
const isAt = (start: number, end: number, at: number): boolean =>
  start <= at && (end < 0 || end > at)

export interface Life {
  readonly number: number
  readonly since: number
  readonly until: number
  readonly isUp: boolean
  /** How the one before has ended, of a node that is down. */
  readonly how: number
}

/** A node's life at a moment; the one that ended last, where it is down; none before its first. */
export const lifeAt = (model: Model, node: number, at: number): Life | undefined => {
  const { end, how, start } = model.recording.lives
  let found: Life | undefined
  let number = 0
  const lives = [...(model.livesOf[node] ?? [])].sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0))
  for (const life of lives) {
    const since = start[life] ?? 0
    if (since > at) break
    const until = end[life] ?? -1
    number++
    found = { number, since, until, isUp: isAt(since, until, at), how: how[life] ?? 0 }
  }
  return found
}

/** The position of what was last seen of a node by a moment; -1 for nothing. */
export const stateAt = (model: Model, node: number, at: number): number => {
  const states = model.statesOf[node] ?? []
  const times = model.recording.states.at
  let found = -1
  for (let low = 0, high = states.length - 1; low <= high;) {
    const middle = (low + high) >>> 1
    const state = states[middle] ?? 0
    if ((times[state] ?? 0) <= at) {
      found = state
      low = middle + 1
    } else high = middle - 1
  }
  return found
}

export interface OpenConnection {
  readonly other: number
  readonly since: number
  readonly isDialler: boolean
}

/** A node's connections at a moment. */
export const connectionsAt = (
  model: Model,
  node: number,
  at: number
): ReadonlyArray<OpenConnection> => {
  const { end, from, start, to } = model.recording.connections
  const open: Array<OpenConnection> = []
  for (let i = 0; i < from.length; i++) {
    if (from[i] !== node && to[i] !== node) continue
    const since = start[i] ?? 0
    if (!isAt(since, end[i] ?? -1, at)) continue
    const isDialler = from[i] === node
    open.push({ other: (isDialler ? to[i] : from[i]) ?? -1, since, isDialler })
  }
  return open.sort((a, b) => a.since - b.since)
}

export interface FaultAt {
  readonly fault: number
  readonly start: number
  readonly end: number
}

/** Faults that last at a moment: those of a node, or all. */
export const faultsAt = (model: Model, at: number, node = -1): ReadonlyArray<FaultAt> => {
  const { end, nodes, start } = model.recording.faults
  const found: Array<FaultAt> = []
  for (let fault = 0; fault < start.length; fault++) {
    const since = start[fault] ?? 0
    const until = end[fault] ?? -1
    if (since === until || !isAt(since, until, at)) continue
    if (node < 0 || nodes[fault]?.includes(node) === true)
      found.push({ fault, start: since, end: until })
  }
  return found
}

/** A node that a broadcast has come to. */
export interface Reached {
  readonly node: number
  readonly parent: number
  readonly message: number
  readonly at: number
  readonly depth: number
}

export interface Course {
  readonly origin: number
  readonly at: number
  /** All its copies. */
  readonly copies: ReadonlyArray<number>
  /** Those that came first to their node: the edges of the tree. */
  readonly tree: ReadonlySet<number>
  /** Who was reached, in the order of a walk through the tree. */
  readonly reached: ReadonlyArray<Reached>
  readonly missed: ReadonlyArray<number>
}

/** The way that a broadcast took: by whom each node was told of it first. */
export const courseOf = (model: Model, broadcast: number): Course => {
  const { arrived, from, isLost, sent, to } = model
  const copies: Array<number> = []
  for (let i = 0; i < model.count; i++) if (model.broadcast[i] === broadcast) copies.push(i)
  const first = new Map<number, number>()
  const origin = model.recording.broadcasts.origin[broadcast] ?? -1
  for (const copy of copies) {
    const node = to[copy] ?? -1
    if (isLost[copy] === 1 || node === origin || first.has(node)) continue
    first.set(node, copy)
  }
  const children = new Map<number, Array<number>>()
  for (const [node, copy] of first) {
    const parent = from[copy] ?? -1
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [node])
    else siblings.push(node)
  }
  const reached: Array<Reached> = []
  const seen = new Set<number>([origin])
  const walk = (parent: number, depth: number): void => {
    for (const node of children.get(parent) ?? []) {
      if (seen.has(node)) continue
      seen.add(node)
      const message = first.get(node) ?? -1
      reached.push({ node, parent, message, at: arrived[message] ?? 0, depth })
      walk(node, depth + 1)
    }
  }
  walk(origin, 1)
  // Copies whose beginnings were not kept hang on nobody.
  for (const node of first.keys()) {
    if (seen.has(node)) continue
    seen.add(node)
    const message = first.get(node) ?? -1
    reached.push({ node, parent: -1, message, at: arrived[message] ?? 0, depth: 1 })
    walk(node, 2)
  }
  const [earliest = 0] = copies
  const at = model.recording.broadcasts.at[broadcast] ?? sent[earliest] ?? 0
  const missed = model.nodes.flatMap((_, node) => (seen.has(node) ? [] : [node]))
  return { origin, at, copies, tree: new Set(first.values()), reached, missed }
}
