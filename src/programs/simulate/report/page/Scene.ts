/**
 * What is to be drawn, and where on the canvas it lies.
 *
 * @since 0.1.0
 */
import type { Filter } from "./Filter.ts"
import { type Course, type Model, lowerBound } from "./Model.ts"
import type { Place } from "./Place.ts"
import type { Theme } from "./Theme.ts"

export interface Scene {
  readonly model: Model
  readonly theme: Theme
  readonly place: Place
  readonly filter: Filter
  /** For each message 1 where it is shown. */
  readonly mask: Uint8Array
  /** Messages that are shown, all in all. */
  readonly shown: number
  /** Nodes from top to bottom, and for each node its row; -1 where it has none. */
  readonly rows: ReadonlyArray<number>
  readonly rowOf: Int32Array
  readonly course: Course | undefined
  readonly hovered: number
  /** Pixels by which the lanes are scrolled. */
  readonly scroll: number
  /** Rows in which faults that last lie side by side. */
  readonly faultRows: FaultRows
}

export interface FaultRows {
  readonly rowOf: ReadonlyArray<number>
  readonly count: number
  /** Those for which there was no row of their own. */
  readonly isShared: ReadonlyArray<boolean>
}

export const GUTTER = 78
const RULER = 24
const FAULT_ROW = 15
const LANE_MIN = 17
const LANE_MAX = 84
const FAULT_ROWS_MAX = 7

export interface Layout {
  readonly width: number
  readonly height: number
  readonly gutter: number
  readonly ruler: number
  readonly faultRow: number
  /** Where the lanes begin. */
  readonly top: number
  readonly lane: number
  /** Pixels for each microsecond. */
  readonly scale: number
  readonly scrollMax: number
}

export const layoutOf = (scene: Scene, width: number, height: number): Layout => {
  const { faultRows, filter, place, rows } = scene
  const faults = filter.showsFaults ? (faultRows.count + 1) * FAULT_ROW + 6 : 0
  const top = RULER + faults
  const room = Math.max(0, height - top - 6)
  const lane = Math.min(LANE_MAX, Math.max(LANE_MIN, Math.floor(room / Math.max(1, rows.length))))
  return {
    width,
    height,
    gutter: GUTTER,
    ruler: RULER,
    faultRow: FAULT_ROW,
    top,
    lane,
    scale: (width - GUTTER) / Math.max(1, place.until - place.from),
    scrollMax: Math.max(0, rows.length * lane - room)
  }
}

export const xOf = ({ gutter, scale }: Layout, { from }: Place, at: number): number =>
  gutter + (at - from) * scale

export const timeOf = ({ gutter, scale }: Layout, { from }: Place, x: number): number =>
  from + (x - gutter) / scale

/** The middle of a row's lane. */
export const yOf = ({ lane, top }: Layout, scroll: number, row: number): number =>
  top + (row + 0.5) * lane - scroll

/** The row at a height; -1 for none. */
export const rowAt = (layout: Layout, scene: Scene, y: number): number => {
  const row = Math.floor((y - layout.top + scene.scroll) / layout.lane)
  return y >= layout.top && row >= 0 && row < scene.rows.length ? row : -1
}

/** Faults that get their rows first: what is done to the network says most. */
const PRIORITY = ["partition", "hold", "pause", "flip-bits", "slow-reader", "slow-disk"]

/** Lays faults that last in rows, so that none covers another as long as there are rows. */
export const faultRowsOf = ({ recording, texts, until }: Model): FaultRows => {
  const { end, fault, start } = recording.faults
  const rows: Array<Array<{ readonly from: number; readonly until: number }>> = []
  const rowOf = start.map(() => -1)
  const isShared = start.map(() => false)
  const rank = start.map((_, i) => {
    const at = PRIORITY.indexOf(texts[fault[i] ?? 0] ?? "")
    return at < 0 ? PRIORITY.length : at
  })
  const order = start
    .map((_, i) => i)
    .filter((i) => start[i] !== end[i])
    .sort((a, b) => (rank[a] ?? 0) - (rank[b] ?? 0) || a - b)
  for (const i of order) {
    const over = end[i] ?? -1
    const span = { from: start[i] ?? 0, until: over < 0 ? until : over }
    const isFree = (row: ReadonlyArray<typeof span>) =>
      row.every((other) => other.until <= span.from || other.from >= span.until)
    let row = rows.findIndex(isFree)
    if (row < 0 && rows.length < FAULT_ROWS_MAX) {
      row = rows.length
      rows.push([])
    } else if (row < 0) {
      row = FAULT_ROWS_MAX - 1
      isShared[i] = true
    }
    rows[row]?.push(span)
    rowOf[i] = row
  }
  return { rowOf, count: rows.length, isShared }
}

/** The fault whose band or mark is at a point; -1 for none. */
export const faultNear = (layout: Layout, scene: Scene, x: number, y: number): number => {
  const { faultRows, filter, model, place } = scene
  const row = Math.floor((y - layout.ruler) / layout.faultRow)
  if (!filter.showsFaults || y < layout.ruler || row > faultRows.count || x < layout.gutter)
    return -1
  const { end, start } = model.recording.faults
  let found = -1
  for (let i = 0; i < start.length; i++) {
    const since = start[i] ?? 0
    const until = end[i] ?? -1
    const isMark = since === until
    if ((isMark ? faultRows.count : faultRows.rowOf[i]) !== row) continue
    const left = xOf(layout, place, since)
    const right = xOf(layout, place, until < 0 ? model.until : until)
    if (x >= left - 2 && x <= right + 2) found = i
  }
  return found
}

/** All nodes; or, where one is focused on, that one and those it has shown messages with. */
export const rowsOf = (model: Model, mask: Uint8Array, node: number): ReadonlyArray<number> => {
  if (node < 0) return model.nodes.map((_, i) => i)
  const partners = new Set<number>()
  for (let i = 0; i < model.count; i++) {
    if (mask[i] !== 1) continue
    const from = model.from[i] ?? -1
    const to = model.to[i] ?? -1
    partners.add(from === node ? to : from)
  }
  partners.delete(node)
  return [node, ...[...partners].sort((a, b) => a - b)]
}

/** The first shown message that arrives after a moment, or the last one before; -1 for none. */
export const nextShown = ({ mask, model }: Scene, at: number, step: 1 | -1): number => {
  let i = step > 0 ? lowerBound(model.arrived, at) : lowerBound(model.arrived, at) - 1
  while (i >= 0 && i < model.count && mask[i] !== 1) i += step
  return i >= 0 && i < model.count ? i : -1
}
