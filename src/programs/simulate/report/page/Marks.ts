/**
 * Draws what lies behind and before the messages: ruler, faults, lives, violations, cursor.
 *
 * @since 0.1.0
 */
import { rulerStep, showTime } from "./Place.ts"
import { type Layout, type Scene, xOf, yOf } from "./Scene.ts"

type Canvas = CanvasRenderingContext2D

const SMALL = "11px system-ui, sans-serif"
const RULER_PIXELS = 90

/** The vertical lines of round moments, and what they are. */
export const drawRuler = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { place, theme } = scene
  const step = rulerStep(RULER_PIXELS / layout.scale)
  canvas.font = SMALL
  canvas.textBaseline = "middle"
  canvas.textAlign = "left"
  for (let at = Math.ceil(place.from / step) * step; at <= place.until; at += step) {
    const x = Math.round(xOf(layout, place, at)) + 0.5
    canvas.fillStyle = theme.line
    canvas.fillRect(x, layout.ruler - 6, 1, layout.height)
    canvas.fillStyle = theme.muted
    canvas.fillText(rulerText(at, step), x + 4, layout.ruler / 2 + 1)
  }
}

const rulerText = (at: number, step: number): string => {
  if (step >= 1_000_000) return `${at / 1_000_000} s`
  const digits = step >= 1_000 ? 3 : 6
  return `${(at / 1_000_000).toFixed(digits)} s`
}

/** When each node was up. */
export const drawLives = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { model, place, rowOf, scroll, theme } = scene
  const { end, how, node, start } = model.recording.lives
  const half = layout.lane / 2 - 1
  for (let i = 0; i < start.length; i++) {
    const row = rowOf[node[i] ?? 0] ?? -1
    if (row < 0) continue
    const y = yOf(layout, scroll, row)
    if (y < layout.top - half || y > layout.height + half) continue
    const until = end[i] ?? -1
    const left = Math.max(layout.gutter, xOf(layout, place, start[i] ?? 0))
    const right = Math.min(layout.width, xOf(layout, place, until < 0 ? model.until : until))
    if (right < layout.gutter || left > layout.width) continue
    canvas.fillStyle = theme.up
    canvas.fillRect(left, y - half, Math.max(1, right - left), 2 * half)
    if (until >= 0 && how[i] === 2 && right < layout.width) {
      canvas.fillStyle = theme.faultOf("crash")
      canvas.fillRect(right - 1, y - half, 2, 2 * half)
    }
  }
}

/** Thin strips at the feet of lanes whose nodes suffer, and marks where something befell one at once. */
export const drawSuffering = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { model, place, rowOf, scroll, theme } = scene
  const { end, fault, nodes, start } = model.recording.faults
  for (let i = 0; i < start.length; i++) {
    const since = start[i] ?? 0
    const until = end[i] ?? -1
    const left = xOf(layout, place, since)
    const right = xOf(layout, place, until < 0 ? model.until : until)
    if (right < layout.gutter || left > layout.width) continue
    const isMark = since === until
    canvas.fillStyle = theme.faultOf(model.texts[fault[i] ?? 0] ?? "")
    const depth = isMark ? 0 : Math.max(0, scene.faultRows.rowOf[i] ?? 0) % 3
    for (const node of nodes[i] ?? []) {
      const row = rowOf[node] ?? -1
      if (row < 0) continue
      const y = yOf(layout, scroll, row)
      const foot = y + layout.lane / 2 - 3 - depth * 3
      if (foot < layout.top || foot > layout.height + 20) continue
      if (isMark) {
        const head = y - layout.lane / 2 + 1
        canvas.beginPath()
        canvas.moveTo(left - 3.5, head)
        canvas.lineTo(left + 3.5, head)
        canvas.lineTo(left, head + 6)
        canvas.fill()
      } else {
        const from = Math.max(layout.gutter, left)
        canvas.fillRect(from, foot, Math.max(1, Math.min(layout.width, right) - from), 2)
      }
    }
  }
}

/** The rows above the lanes: what lasts as bands with its name, what does not as ticks. */
export const drawFaults = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { faultRows, model, place, theme } = scene
  const { detail, end, fault, start } = model.recording.faults
  const height = layout.faultRow - 3
  canvas.font = "10px system-ui, sans-serif"
  canvas.textBaseline = "middle"
  let pending: { readonly name: string; readonly x: number; readonly color: string } | undefined
  const marksY = layout.ruler + faultRows.count * layout.faultRow + 1
  /** Names the mark before, where the next one leaves it the room. */
  const label = (next: number) => {
    if (pending === undefined) return
    const { color, name, x } = pending
    canvas.fillStyle = color
    if (x + 6 + canvas.measureText(name).width < next) {
      canvas.fillText(name, x + 3, marksY + height / 2 + 0.5)
    }
  }
  for (let i = 0; i < start.length; i++) {
    const since = start[i] ?? 0
    const until = end[i] ?? -1
    const left = Math.max(layout.gutter, xOf(layout, place, since))
    const right = Math.min(layout.width, xOf(layout, place, until < 0 ? model.until : until))
    if (right < layout.gutter || left > layout.width) continue
    const name = model.texts[fault[i] ?? 0] ?? ""
    const color = theme.faultOf(name)
    if (since === until) {
      if (since < place.from) continue
      label(left)
      canvas.fillStyle = color
      canvas.fillRect(left - 0.75, marksY, 1.5, height)
      pending = { name, x: left, color }
      continue
    }
    const row = faultRows.rowOf[i] ?? 0
    const y = layout.ruler + row * layout.faultRow + 1
    const width = Math.max(1.5, right - left)
    canvas.fillStyle = color
    // Those that share the last row would write over each other.
    const isShared = faultRows.isShared[i] === true
    canvas.globalAlpha = isShared ? 0.06 : 0.2
    canvas.fillRect(left, y, width, height)
    canvas.globalAlpha = 1
    if (isShared) continue
    canvas.fillRect(left, y, 2, height)
    if (width < 26) continue
    canvas.save()
    canvas.beginPath()
    canvas.rect(left, y, width - 3, height)
    canvas.clip()
    canvas.fillText(`${name}  ${model.texts[detail[i] ?? 0] ?? ""}`, left + 6, y + height / 2 + 0.5)
    canvas.restore()
  }
  label(layout.width)
}

/** What did not hold: a red line through all, and a mark at its node. */
export const drawViolations = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { model, place, rowOf, scroll, theme } = scene
  for (const { at, invariant, row: node } of model.violations) {
    const x = xOf(layout, place, at)
    if (x < layout.gutter || x > layout.width) continue
    canvas.fillStyle = theme.bad
    canvas.globalAlpha = 0.65
    canvas.fillRect(x - 0.75, layout.ruler, 1.5, layout.height)
    canvas.globalAlpha = 1
    canvas.font = "600 11px system-ui, sans-serif"
    const isNearEdge = x > layout.width - 110
    canvas.textAlign = isNearEdge ? "right" : "left"
    canvas.fillStyle = theme.surface
    const width = canvas.measureText(invariant).width
    canvas.fillRect(isNearEdge ? x - 8 - width : x + 2, layout.ruler, width + 6, 15)
    canvas.fillStyle = theme.bad
    canvas.fillText(invariant, isNearEdge ? x - 5 : x + 5, layout.ruler + 8)
    canvas.textAlign = "left"
    const row = node < 0 ? -1 : (rowOf[node] ?? -1)
    if (row < 0) continue
    const y = yOf(layout, scroll, row)
    if (y < layout.top) continue
    canvas.beginPath()
    canvas.moveTo(x, y - 7)
    canvas.lineTo(x + 7, y)
    canvas.lineTo(x, y + 7)
    canvas.lineTo(x - 7, y)
    canvas.fill()
  }
}

/** The names of the nodes, in the gutter. */
export const drawLabels = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { model, place, rows, scroll, theme } = scene
  canvas.fillStyle = theme.surface
  canvas.fillRect(0, layout.ruler - 1, layout.gutter, layout.height)
  canvas.textAlign = "right"
  canvas.textBaseline = "middle"
  rows.forEach((node, row) => {
    const y = yOf(layout, scroll, row)
    if (y < layout.top || y > layout.height + layout.lane) return
    const isChosen = node === place.node
    canvas.font = `${isChosen ? "700" : "500"} 12px system-ui, sans-serif`
    canvas.fillStyle = isChosen ? theme.accent : theme.ink
    canvas.fillText(model.nodes[node] ?? "", layout.gutter - 12, y)
    if (isChosen) canvas.fillRect(layout.gutter - 4, y - layout.lane / 2 + 2, 3, layout.lane - 4)
  })
  canvas.fillStyle = theme.surface
  canvas.fillRect(0, 0, layout.gutter, layout.top)
  canvas.fillStyle = theme.muted
  canvas.font = SMALL
  if (layout.top > layout.ruler) canvas.fillText("faults", layout.gutter - 12, layout.ruler + 8)
  canvas.fillStyle = theme.line
  canvas.fillRect(layout.gutter - 1, 0, 1, layout.height)
  canvas.fillRect(0, layout.ruler - 1, layout.width, 1)
  if (layout.top > layout.ruler) canvas.fillRect(0, layout.top - 3, layout.width, 1)
  canvas.textAlign = "left"
}

/** The moment that is looked at. */
export const drawCursor = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { place, theme } = scene
  if (place.cursor < place.from || place.cursor > place.until) return
  const x = Math.round(xOf(layout, place, place.cursor)) + 0.5
  canvas.fillStyle = theme.accent
  canvas.fillRect(x - 0.5, 0, 1, layout.height)
  const text = showTime(place.cursor)
  canvas.font = "600 11px system-ui, sans-serif"
  const width = canvas.measureText(text).width + 12
  const left = Math.min(Math.max(x - width / 2, layout.gutter), layout.width - width)
  canvas.beginPath()
  canvas.roundRect(left, 3, width, 17, 4)
  canvas.fill()
  canvas.fillStyle = theme.surface
  canvas.textAlign = "center"
  canvas.textBaseline = "middle"
  canvas.fillText(text, left + width / 2, 12)
  canvas.textAlign = "left"
}
