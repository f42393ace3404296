/**
 * The strip above: the whole run at a glance, and which part of it is in view.
 *
 * @since 0.1.0
 */
import { GUTTER, type Scene } from "./Scene.ts"

/** The moment at a position of the strip. */
export const overviewTime = (scene: Scene, width: number, x: number): number =>
  ((x - GUTTER) / Math.max(1, width - GUTTER)) * scene.model.until

export const drawOverview = (
  canvas: CanvasRenderingContext2D,
  scene: Scene,
  width: number,
  height: number
): void => {
  const { mask, model, place, theme } = scene
  canvas.clearRect(0, 0, width, height)
  const room = width - GUTTER
  const scale = room / model.until
  const bars = new Uint32Array(Math.max(1, Math.ceil(room / 2)))
  let most = 1
  for (let i = 0; i < model.count; i++) {
    if (mask[i] !== 1) continue
    const bar = Math.min(bars.length - 1, Math.floor(((model.arrived[i] ?? 0) * scale) / 2))
    bars[bar] = (bars[bar] ?? 0) + 1
    most = Math.max(most, bars[bar] ?? 0)
  }
  const foot = height - 10
  canvas.fillStyle = theme.groups[0] ?? theme.ink
  canvas.globalAlpha = 0.55
  bars.forEach((count, bar) => {
    const size = (Math.log2(count + 1) / Math.log2(most + 1)) * (foot - 4)
    if (count > 0) canvas.fillRect(GUTTER + bar * 2, foot - size, 1.5, size)
  })
  canvas.globalAlpha = 1
  const { end, fault, start } = model.recording.faults
  for (let i = 0; i < start.length; i++) {
    const since = start[i] ?? 0
    const until = end[i] ?? -1
    const over = until < 0 ? model.until : until
    canvas.fillStyle = theme.faultOf(model.texts[fault[i] ?? 0] ?? "")
    const isMark = since === until
    canvas.globalAlpha = isMark ? 0.9 : 0.4
    canvas.fillRect(
      GUTTER + since * scale,
      isMark ? foot + 6 : foot + 1,
      Math.max(1, (over - since) * scale),
      isMark ? 3 : 4
    )
  }
  canvas.globalAlpha = 1
  canvas.fillStyle = theme.bad
  for (const { at } of model.violations) {
    const x = GUTTER + at * scale
    canvas.fillRect(x - 1, 0, 2, height)
    canvas.beginPath()
    canvas.moveTo(x - 5, 0)
    canvas.lineTo(x + 5, 0)
    canvas.lineTo(x, 7)
    canvas.fill()
  }
  const left = GUTTER + place.from * scale
  const right = GUTTER + place.until * scale
  canvas.fillStyle = theme.background
  canvas.globalAlpha = 0.6
  canvas.fillRect(GUTTER, 0, left - GUTTER, height)
  canvas.fillRect(right, 0, width - right, height)
  canvas.globalAlpha = 1
  canvas.strokeStyle = theme.accent
  canvas.lineWidth = 1.5
  canvas.strokeRect(left + 0.75, 0.75, Math.max(2, right - left - 1.5), height - 1.5)
  canvas.fillStyle = theme.muted
  canvas.font = "11px system-ui, sans-serif"
  canvas.textAlign = "right"
  canvas.textBaseline = "middle"
  canvas.fillText("all", GUTTER - 12, height / 2)
  canvas.textAlign = "left"
  if (place.cursor >= 0) {
    canvas.fillStyle = theme.accent
    canvas.fillRect(GUTTER + place.cursor * scale - 0.5, 0, 1, height)
  }
}
