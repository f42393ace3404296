/**
 * Draws messages: each as a line from its sender to its receiver, or, where there are too many in view, how
 * many came to each node.
 *
 * @since 0.1.0
 */
import { forEachBetween, type Model } from "./Model.ts"
import { type Layout, type Scene, xOf, yOf } from "./Scene.ts"
import { groupOf } from "./Theme.ts"

type Canvas = CanvasRenderingContext2D

/** Messages in view up to which each has a line, an arrow, and a name. */
const LINES_MAX = 5_000
const ARROWS_MAX = 2_500
const NAMES_MAX = 60

/** Pixels of one bar. */
const BAR = 3

/** Groups of kinds, the last ones of which are drawn last. */
const groupsOf = (model: Model): ReadonlyArray<number> => model.kinds.map(groupOf)

/** Shown messages in view; undefined where there are too many for lines. */
export const inView = (scene: Scene): ReadonlyArray<number> | undefined => {
  const found: Array<number> = []
  const { mask, model, place, rowOf } = scene
  forEachBetween(model, place.from, place.until, (i) => {
    if (mask[i] !== 1 || found.length > LINES_MAX) return
    if ((rowOf[model.from[i] ?? 0] ?? -1) < 0 || (rowOf[model.to[i] ?? 0] ?? -1) < 0) return
    found.push(i)
  })
  return found.length > LINES_MAX ? undefined : found
}

/** The ends of a message's line. One that was lost breaks off soon after its beginning. */
export const lineOf = (scene: Scene, layout: Layout, message: number) => {
  const { model, place, rowOf, scroll } = scene
  const x1 = xOf(layout, place, model.sent[message] ?? 0)
  const y1 = yOf(layout, scroll, rowOf[model.from[message] ?? 0] ?? 0)
  const y2 = yOf(layout, scroll, rowOf[model.to[message] ?? 0] ?? 0)
  if (model.isLost[message] === 1) {
    return { x1, y1, x2: x1 + 14, y2: y1 + Math.sign(y2 - y1) * layout.lane * 0.55 }
  }
  return { x1, y1, x2: xOf(layout, place, model.arrived[message] ?? 0), y2 }
}

const stroke = (
  canvas: Canvas,
  scene: Scene,
  layout: Layout,
  messages: ReadonlyArray<number>,
  hasArrows: boolean
): void => {
  canvas.beginPath()
  for (const message of messages) {
    const { x1, x2, y1, y2 } = lineOf(scene, layout, message)
    canvas.moveTo(x1, y1)
    canvas.lineTo(x2, y2)
    if (scene.model.isLost[message] === 1) {
      canvas.moveTo(x2 - 3, y2 - 3)
      canvas.lineTo(x2 + 3, y2 + 3)
      canvas.moveTo(x2 + 3, y2 - 3)
      canvas.lineTo(x2 - 3, y2 + 3)
    }
  }
  canvas.stroke()
  if (!hasArrows) return
  canvas.beginPath()
  for (const message of messages) {
    if (scene.model.isLost[message] === 1) continue
    const { x1, x2, y1, y2 } = lineOf(scene, layout, message)
    const angle = Math.atan2(y2 - y1, x2 - x1)
    const size = 5
    canvas.moveTo(x2, y2)
    canvas.lineTo(x2 - size * Math.cos(angle - 0.45), y2 - size * Math.sin(angle - 0.45))
    canvas.lineTo(x2 - size * Math.cos(angle + 0.45), y2 - size * Math.sin(angle + 0.45))
    canvas.closePath()
  }
  canvas.fill()
}

const drawLines = (
  canvas: Canvas,
  scene: Scene,
  layout: Layout,
  messages: ReadonlyArray<number>
): void => {
  const { model, theme } = scene
  const groups = groupsOf(model)
  const byColor = theme.groups.map((): Array<number> => [])
  const lost: Array<number> = []
  for (const message of messages) {
    if (model.isLost[message] === 1) lost.push(message)
    else byColor[groups[model.kind[message] ?? 0] ?? 0]?.push(message)
  }
  const hasArrows = messages.length <= ARROWS_MAX
  const dimmed = scene.course === undefined ? 1 : 0.12
  canvas.lineWidth = messages.length > 1_500 ? 0.75 : 1.1
  canvas.globalAlpha = dimmed * (messages.length > 1_500 ? 0.4 : messages.length > 400 ? 0.65 : 0.9)
  // What is commonest lies lowest.
  const order = byColor
    .map((list, group) => ({ list, group }))
    .sort((a, b) => b.list.length - a.list.length)
  for (const { group, list } of order) {
    canvas.strokeStyle = canvas.fillStyle = theme.groups[group] ?? theme.ink
    stroke(canvas, scene, layout, list, hasArrows)
  }
  canvas.strokeStyle = canvas.fillStyle = theme.bad
  canvas.setLineDash([4, 2])
  stroke(canvas, scene, layout, lost, false)
  canvas.setLineDash([])
  canvas.globalAlpha = 1
}

const drawNames = (
  canvas: Canvas,
  scene: Scene,
  layout: Layout,
  messages: ReadonlyArray<number>
): void => {
  const { model, theme } = scene
  canvas.font = "10.5px system-ui, sans-serif"
  canvas.textBaseline = "middle"
  const taken: Array<{ x1: number; x2: number; y: number }> = []
  for (const message of messages) {
    const { x1, x2, y1, y2 } = lineOf(scene, layout, message)
    const text = `${model.kinds[model.kind[message] ?? 0]} ${model.texts[model.text[message] ?? 0]}`
    const shown = text.length > 34 ? `${text.slice(0, 33)}…` : text
    const width = canvas.measureText(shown).width
    const x = (x1 + x2) / 2 + 5
    const y = (y1 + y2) / 2
    const isTaken = taken.some(
      (other) => Math.abs(other.y - y) < 12 && x < other.x2 + 6 && x + width > other.x1 - 6
    )
    if (isTaken || x < layout.gutter || y < layout.top) continue
    taken.push({ x1: x, x2: x + width, y })
    canvas.fillStyle = theme.surface
    canvas.globalAlpha = 0.82
    canvas.fillRect(x - 2, y - 7, width + 4, 14)
    canvas.globalAlpha = 1
    canvas.fillStyle = theme.groups[groupOf(model.kinds[model.kind[message] ?? 0] ?? "")] ?? ""
    canvas.fillText(shown, x, y)
  }
}

/** For each lane bars of how much came in, stacked by kind. */
const drawDensity = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { mask, model, place, rowOf, rows, scroll, theme } = scene
  const groups = groupsOf(model)
  const width = Math.max(1, Math.ceil((layout.width - layout.gutter) / BAR))
  const kinds = theme.groups.length
  const counts = new Uint32Array(rows.length * width * kinds)
  const totals = new Uint32Array(rows.length * width)
  let most = 1
  forEachBetween(model, place.from, place.until, (i) => {
    if (mask[i] !== 1) return
    const row = rowOf[model.to[i] ?? 0] ?? -1
    const bar = Math.floor(((model.arrived[i] ?? 0) - place.from) * (layout.scale / BAR))
    if (row < 0 || bar < 0 || bar >= width) return
    const cell = row * width + bar
    const at = cell * kinds + (groups[model.kind[i] ?? 0] ?? 0)
    counts[at] = (counts[at] ?? 0) + 1
    totals[cell] = (totals[cell] ?? 0) + 1
    most = Math.max(most, totals[cell] ?? 0)
  })
  const tall = layout.lane - 5
  const full = Math.log2(most + 1)
  canvas.globalAlpha = scene.course === undefined ? 0.85 : 0.15
  for (let group = 0; group < kinds; group++) {
    canvas.fillStyle = theme.groups[group] ?? theme.ink
    for (let row = 0; row < rows.length; row++) {
      const foot = yOf(layout, scroll, row) + layout.lane / 2 - 2
      if (foot < layout.top || foot - tall > layout.height) continue
      for (let bar = 0; bar < width; bar++) {
        const cell = row * width + bar
        const total = totals[cell] ?? 0
        const count = counts[cell * kinds + group] ?? 0
        if (count === 0) continue
        let below = 0
        for (let lower = 0; lower < group; lower++) below += counts[cell * kinds + lower] ?? 0
        const height = (Math.log2(total + 1) / full) * tall
        const bottom = foot - (below / total) * height
        const size = (count / total) * height
        canvas.fillRect(layout.gutter + bar * BAR, bottom - size, BAR - 0.5, size)
      }
    }
  }
  canvas.globalAlpha = 1
}

/** The way of the broadcast that is followed: the tree bold, the other copies thin. */
const drawCourse = (canvas: Canvas, scene: Scene, layout: Layout): void => {
  const { course, model, place, rowOf, scroll, theme } = scene
  if (course === undefined) return
  const visible = course.copies.filter(
    (i) => (rowOf[model.from[i] ?? 0] ?? -1) >= 0 && (rowOf[model.to[i] ?? 0] ?? -1) >= 0
  )
  canvas.strokeStyle = canvas.fillStyle = theme.muted
  canvas.lineWidth = 0.9
  canvas.setLineDash([3, 3])
  stroke(
    canvas,
    scene,
    layout,
    visible.filter((i) => !course.tree.has(i) && model.isLost[i] !== 1),
    false
  )
  canvas.strokeStyle = canvas.fillStyle = theme.bad
  stroke(
    canvas,
    scene,
    layout,
    visible.filter((i) => model.isLost[i] === 1),
    false
  )
  canvas.setLineDash([])
  canvas.lineWidth = 2
  canvas.strokeStyle = canvas.fillStyle = theme.accent
  stroke(
    canvas,
    scene,
    layout,
    visible.filter((i) => course.tree.has(i)),
    true
  )
  const row = rowOf[course.origin] ?? -1
  if (row < 0) return
  canvas.beginPath()
  canvas.arc(xOf(layout, place, course.at), yOf(layout, scroll, row), 5, 0, 2 * Math.PI)
  canvas.fill()
}

/** All messages. Returns those that have lines, to be pointed at; none where they are too many. */
export const drawFlow = (canvas: Canvas, scene: Scene, layout: Layout): ReadonlyArray<number> => {
  const { hovered, place, theme } = scene
  const messages = inView(scene)
  if (messages === undefined) drawDensity(canvas, scene, layout)
  else {
    drawLines(canvas, scene, layout, messages)
    if (messages.length <= NAMES_MAX) drawNames(canvas, scene, layout, messages)
  }
  drawCourse(canvas, scene, layout)
  canvas.lineWidth = 2.5
  for (const message of new Set([hovered, place.message])) {
    if (message < 0) continue
    canvas.strokeStyle = canvas.fillStyle = message === hovered ? theme.ink : theme.accent
    stroke(canvas, scene, layout, [message], true)
  }
  return messages ?? scene.course?.copies ?? []
}
