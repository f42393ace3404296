/**
 * What the reader does with wheel, pointer and keys.
 *
 * @since 0.1.0
 */
import type { App } from "./App.ts"
import { byId, element } from "./Dom.ts"
import { lineOf } from "./Flow.ts"
import { overviewTime } from "./Overview.ts"
import { moved, showTime, within, zoomed } from "./Place.ts"
import { faultNear, rowAt, timeOf } from "./Scene.ts"

/** How much a notch of a wheel, or a key, zooms and pans. */
const WHEEL = 0.0018
const KEY_ZOOM = 1.5
const KEY_PAN = 0.15
/** Pixels within which a line is pointed at, and beyond which a press is a drag. */
const NEAR = 6
const DRAG = 4

/** The message whose line is nearest to a point; -1 where none is near. */
const messageNear = ({ layout, lines, scene }: App, x: number, y: number): number => {
  let found = -1
  let nearest = NEAR * NEAR
  for (const message of lines) {
    if (scene.course !== undefined && scene.model.broadcast[message] !== scene.place.follow)
      continue
    const { x1, x2, y1, y2 } = lineOf(scene, layout, message)
    const dx = x2 - x1
    const dy = y2 - y1
    const length = dx * dx + dy * dy
    const part =
      length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / length))
    const distance = (x - x1 - part * dx) ** 2 + (y - y1 - part * dy) ** 2
    if (distance >= nearest) continue
    nearest = distance
    found = message
  }
  return found
}

/** Shows something beside the pointer; nothing where there is nothing to tell. */
const tell = (lines: ReadonlyArray<Node | string>, x: number, y: number): void => {
  const tip = byId("tip")
  tip.hidden = lines.length === 0
  if (tip.hidden) return
  tip.replaceChildren(...lines)
  const { innerHeight, innerWidth } = globalThis
  const box = tip.getBoundingClientRect()
  tip.style.left = `${Math.min(x + 14, innerWidth - box.width - 8)}px`
  tip.style.top = `${Math.min(y + 14, innerHeight - box.height - 8)}px`
}

const aboutMessage = ({ model }: App, message: number): ReadonlyArray<Node | string> => {
  const took = (model.arrived[message] ?? 0) - (model.sent[message] ?? 0)
  const fate = model.isLost[message] === 1 ? "lost" : `${showTime(took)} under way`
  return [
    element("b", "", model.kinds[model.kind[message] ?? 0] ?? ""),
    ` ${model.nodes[model.from[message] ?? 0]} → ${model.nodes[model.to[message] ?? 0]} · ${fate}`,
    element("div", "payload", model.texts[model.text[message] ?? 0] ?? "")
  ]
}

const aboutFault = ({ model }: App, number: number): ReadonlyArray<Node | string> => {
  const { detail, end, fault, start } = model.recording.faults
  const since = start[number] ?? 0
  const until = end[number] ?? -1
  const over = until < 0 ? "to the end" : `to ${showTime(until)}`
  return [
    element("b", "", model.texts[fault[number] ?? 0] ?? ""),
    since === until ? ` at ${showTime(since)}` : ` from ${showTime(since)} ${over}`,
    element("div", "payload", model.texts[detail[number] ?? 0] ?? "")
  ]
}

const attachLanes = (app: App): void => {
  const { canvas } = app.lanes
  const pointers = new Map<number, { x: number; y: number }>()
  let pressed: { x: number; y: number; isDrag: boolean } | undefined
  const spotOf = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault()
      const { x } = spotOf(event)
      const { place } = app.scene
      const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY)
      if (event.shiftKey || x < app.layout.gutter) return app.scrollBy(event.deltaY + event.deltaX)
      if (isSideways) return app.go(moved(app.model, place, event.deltaX / app.layout.scale))
      const unit = event.deltaMode === 1 ? 18 : 1
      const factor = Math.exp(event.deltaY * unit * WHEEL * (event.ctrlKey ? 4 : 1))
      app.go(zoomed(app.model, place, timeOf(app.layout, place, x), factor))
    },
    { passive: false }
  )
  canvas.addEventListener("pointerdown", (event) => {
    const spot = spotOf(event)
    pointers.set(event.pointerId, spot)
    canvas.setPointerCapture(event.pointerId)
    pressed = { ...spot, isDrag: pointers.size > 1 }
  })
  canvas.addEventListener("pointermove", (event) => {
    const spot = spotOf(event)
    const before = pointers.get(event.pointerId)
    if (before === undefined || pressed === undefined) {
      const message = spot.x < app.layout.gutter ? -1 : messageNear(app, spot.x, spot.y)
      canvas.style.cursor = message >= 0 || spot.x < app.layout.gutter ? "pointer" : ""
      app.hover(message)
      const fault = message < 0 ? faultNear(app.layout, app.scene, spot.x, spot.y) : -1
      const lines =
        message >= 0 ? aboutMessage(app, message) : fault >= 0 ? aboutFault(app, fault) : []
      return tell(lines, event.clientX, event.clientY)
    }
    const { place } = app.scene
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1]
    pointers.set(event.pointerId, spot)
    if (other !== undefined) {
      const was = Math.abs(before.x - other.x)
      const is = Math.abs(spot.x - other.x)
      const about = timeOf(app.layout, place, (spot.x + other.x) / 2)
      if (was > 4 && is > 4) app.go(zoomed(app.model, place, about, was / is))
      return
    }
    pressed.isDrag ||= Math.hypot(spot.x - pressed.x, spot.y - pressed.y) > DRAG
    if (!pressed.isDrag) return
    tell([], 0, 0)
    app.go(moved(app.model, place, (before.x - spot.x) / app.layout.scale))
    app.scrollBy(before.y - spot.y)
  })
  const release = (event: PointerEvent) => {
    pointers.delete(event.pointerId)
    const wasClick = pressed?.isDrag === false
    pressed = undefined
    if (!wasClick || event.type === "pointercancel") return
    const { x, y } = spotOf(event)
    if (x < app.layout.gutter) {
      const node = app.scene.rows[rowAt(app.layout, app.scene, y)] ?? -1
      return app.chooseNode(node === app.scene.place.node ? -1 : node)
    }
    const message = messageNear(app, x, y)
    if (message < 0) {
      const at = timeOf(app.layout, app.scene.place, x)
      return app.go({ message: -1, cursor: Math.min(Math.max(at, 0), app.model.until) })
    }
    const broadcast = app.model.broadcast[message] ?? -1
    app.chooseMessage(message)
    if (broadcast >= 0 && app.scene.place.follow !== broadcast) app.follow(broadcast)
  }
  canvas.addEventListener("pointerup", release)
  canvas.addEventListener("pointercancel", release)
  canvas.addEventListener("pointerleave", () => {
    app.hover(-1)
    tell([], 0, 0)
  })
  canvas.addEventListener("dblclick", (event) => {
    const { place } = app.scene
    app.go(zoomed(app.model, place, timeOf(app.layout, place, spotOf(event).x), 1 / 4))
  })
}

const attachOverview = (app: App): void => {
  const { canvas } = app.overview
  let held: number | undefined
  const momentOf = (event: MouseEvent) => {
    const { left, width } = canvas.getBoundingClientRect()
    return overviewTime(app.scene, width, event.clientX - left)
  }
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId)
    const at = momentOf(event)
    const { from, until } = app.scene.place
    const isWhole = until - from >= app.model.until
    const isInside = at >= from && at <= until && !isWhole
    // What is in view is dragged; beside it, it comes to where the press was.
    const span = isWhole ? app.model.until / 10 : until - from
    if (!isInside) app.go(within(app.model, at - span / 2, at + span / 2))
    held = at - app.scene.place.from
  })
  canvas.addEventListener("pointermove", (event) => {
    if (held === undefined) return
    const { place } = app.scene
    app.go(moved(app.model, place, momentOf(event) - held - place.from))
  })
  for (const type of ["pointerup", "pointercancel"] as const) {
    canvas.addEventListener(type, () => {
      held = undefined
    })
  }
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault()
      app.go(zoomed(app.model, app.scene.place, momentOf(event), Math.exp(event.deltaY * WHEEL)))
    },
    { passive: false }
  )
}

const attachKeys = (app: App): void => {
  addEventListener("keydown", (event) => {
    const isTyping = event.target === app.controls.input
    if (isTyping) {
      if (event.key !== "Escape" && event.key !== "Enter") return
      // A browser would empty the field, and tell nobody.
      event.preventDefault()
      app.controls.input.blur()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { place } = app.scene
    const span = place.until - place.from
    const isCursorSeen = place.cursor >= place.from && place.cursor <= place.until
    const about = isCursorSeen ? place.cursor : (place.from + place.until) / 2
    const keys: Record<string, () => void> = {
      ArrowLeft: () => app.go(moved(app.model, place, -span * KEY_PAN)),
      ArrowRight: () => app.go(moved(app.model, place, span * KEY_PAN)),
      ArrowUp: () => app.scrollBy(-2 * app.layout.lane),
      ArrowDown: () => app.scrollBy(2 * app.layout.lane),
      "+": () => app.go(zoomed(app.model, place, about, 1 / KEY_ZOOM)),
      "=": () => app.go(zoomed(app.model, place, about, 1 / KEY_ZOOM)),
      "-": () => app.go(zoomed(app.model, place, about, KEY_ZOOM)),
      Home: () => app.go({ from: 0, until: app.model.until }),
      "/": () => app.controls.input.focus(),
      j: () => app.step(1),
      k: () => app.step(-1),
      v: () => {
        const { violations } = app.model
        const next = violations.find(({ at }) => at > place.cursor) ?? violations[0]
        if (next !== undefined) app.goToViolation(next.at, next.row)
      },
      Escape: () => {
        if (place.follow >= 0) app.follow(-1)
        else if (place.message >= 0) app.go({ message: -1 })
        else if (place.node >= 0) app.chooseNode(-1)
        else app.go({ cursor: -1 })
      }
    }
    const doing = keys[event.key]
    if (doing === undefined) return
    event.preventDefault()
    doing()
  })
}

export const attachInput = (app: App): void => {
  attachLanes(app)
  attachOverview(app)
  attachKeys(app)
}
