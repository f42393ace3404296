/**
 * From what a recorder has seen to columns of numbers.
 *
 * @since 0.1.0
 */
import { KINDS, shorten } from "./Naming.ts"
import { type MadeBroadcast, METRICS, type Recorded, type Span } from "./Recorded.ts"
import type { Recording, Spans } from "./Recording.ts"

const MICROS = 1_000

const micros = (millis: number): number => Math.round(millis * MICROS)

/** Gives each of many equal values one number. */
class Index<A> {
  readonly all: Array<A> = []
  private readonly numbers = new Map<A, number>()

  of(value: A): number {
    const known = this.numbers.get(value)
    if (known !== undefined) return known
    const number = this.all.length
    this.numbers.set(value, number)
    this.all.push(value)
    return number
  }

  /** The number of a value that has one, else -1. */
  find(value: A): number {
    return this.numbers.get(value) ?? -1
  }
}

const spansOf = (dropped: number, spans: ReadonlyArray<Span>): Spans => ({
  dropped,
  start: spans.map(({ startMillis }) => micros(startMillis)),
  end: spans.map(({ endMillis }) => (endMillis === undefined ? -1 : micros(endMillis)))
})

const HOW = { Up: 0, Stopped: 1, Crashed: 2 } as const

/** The names in what a fault's detail says. */
const wordsOf = (detail: string): ReadonlyArray<string> => detail.split(/[\s>|:,]+/)

/** All of it. */
export const encode = (recorder: Recorded): Recording => {
  const nodes = new Index<string>()
  const texts = new Index<string>()
  const broadcasts = new Index<MadeBroadcast>()
  for (const node of recorder.nodes) nodes.of(node)

  const messages = [...recorder.messages.items].sort((a, b) => a.atMillis - b.atMillis)
  let lastAt = 0
  const at = messages.map(({ atMillis }) => {
    const now = micros(atMillis)
    const since = now - lastAt
    lastAt = now
    return since
  })
  const lost = messages.flatMap(({ isLost }, i) => (isLost ? [i] : []))
  const connections = [...recorder.connections.items, ...recorder.openConnections.values()]
  const lives = [...recorder.lives.items, ...recorder.openLives.values()]
  const faults = recorder.faults.items
  const states = recorder.states.items
  const columns = {
    dropped: recorder.messages.dropped,
    at,
    took: messages.map(({ atMillis, sentMillis }) => micros(atMillis) - micros(sentMillis)),
    from: messages.map(({ from }) => nodes.of(from)),
    to: messages.map(({ to }) => nodes.of(to)),
    kind: messages.map(({ kind }) => KINDS.indexOf(kind)),
    text: messages.map(({ text }) => texts.of(text)),
    bytes: messages.map(({ bytes }) => bytes),
    broadcast: messages.map(({ broadcast }) =>
      broadcast === undefined ? -1 : broadcasts.of(broadcast)
    ),
    lost
  }
  return {
    kinds: KINDS,
    metrics: METRICS,
    until: micros(recorder.nowMillis),
    messages: columns,
    broadcasts: {
      origin: broadcasts.all.map(({ origin }) => (origin === undefined ? -1 : nodes.of(origin))),
      kind: broadcasts.all.map(({ kind }) => KINDS.indexOf(kind)),
      text: broadcasts.all.map(({ text }) => texts.of(text)),
      at: broadcasts.all.map(({ sentMillis }) => micros(sentMillis))
    },
    connections: {
      ...spansOf(recorder.connections.dropped, connections),
      from: connections.map(({ from }) => nodes.of(from)),
      to: connections.map(({ to }) => nodes.of(to))
    },
    lives: {
      ...spansOf(recorder.lives.dropped, lives),
      node: lives.map(({ node }) => nodes.of(node)),
      how: lives.map(({ how }) => HOW[how])
    },
    faults: {
      ...spansOf(recorder.faults.dropped, faults),
      fault: faults.map(({ fault }) => texts.of(fault)),
      detail: faults.map(({ detail }) => texts.of(shorten(detail))),
      nodes: faults.map(({ detail }) => [
        ...new Set(
          wordsOf(detail).flatMap((word) => (nodes.find(word) < 0 ? [] : nodes.find(word)))
        )
      ])
    },
    notes: {
      dropped: recorder.notes.dropped,
      at: recorder.notes.items.map(({ atMillis }) => micros(atMillis)),
      text: recorder.notes.items.map(({ text }) => texts.of(shorten(text)))
    },
    states: {
      dropped: recorder.states.dropped,
      at: states.map(({ atMillis }) => micros(atMillis)),
      node: states.map(({ node }) => nodes.of(node)),
      peers: states.map(({ peers }) => texts.of(peers)),
      values: METRICS.map((_, column) => states.map(({ values }) => values[column] ?? 0))
    },
    nodes: nodes.all,
    texts: texts.all
  }
}
