/**
 * What is looked at, and how it changes.
 *
 * @since 0.1.0
 */
import { type Controls, controlsOf } from "./Controls.ts"
import { byId, Sheet } from "./Dom.ts"
import { type Filter, maskOf, NO_FILTER } from "./Filter.ts"
import { drawFlow } from "./Flow.ts"
import {
  drawCursor,
  drawFaults,
  drawLabels,
  drawLives,
  drawRuler,
  drawSuffering,
  drawViolations
} from "./Marks.ts"
import { courseOf, type Model } from "./Model.ts"
import { drawOverview } from "./Overview.ts"
import {
  courseSection,
  type Doings,
  messageSection,
  nearbySection,
  networkSection,
  nodeSection,
  violationsSection
} from "./Panel.ts"
import { fromHash, type Place, toHash, within } from "./Place.ts"
import { faultRowsOf, type Layout, layoutOf, nextShown, rowsOf, type Scene } from "./Scene.ts"
import { themeOf } from "./Theme.ts"

/** Microseconds about a violation that are shown when one goes to it. */
const ABOUT = 1_000_000

export class App {
  readonly model: Model
  readonly lanes = new Sheet("lanes")
  readonly overview = new Sheet("overview")
  readonly controls: Controls
  scene: Scene
  layout: Layout
  /** Messages that can be pointed at. */
  lines: ReadonlyArray<number> = []
  private isDrawingDue = false
  private isPanelDue = true

  constructor(model: Model) {
    this.model = model
    this.controls = controlsOf(model, {
      onText: (text) => this.filter({ text }),
      onKind: (kind, isAlone) => this.toggleKind(kind, isAlone),
      onFaults: () => this.filter({ showsFaults: !this.scene.filter.showsFaults }),
      onNode: () => this.chooseNode(-1),
      onWhole: () => this.go({ from: 0, until: model.until })
    })
    this.scene = this.sceneOf(fromHash(model, location.hash))
    this.layout = layoutOf(this.scene, 1, 1)
    // A link to a broadcast that says no time leads to its whole way.
    if (this.scene.place.follow >= 0 && !/[#&]t=/.test(location.hash)) {
      this.follow(this.scene.place.follow)
    }
    addEventListener("resize", () => this.due())
    addEventListener("hashchange", () => {
      if (location.hash === toHash(model, this.scene.place)) return
      this.scene = this.sceneOf(fromHash(model, location.hash))
      this.isPanelDue = true
      this.due()
    })
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.scene = { ...this.scene, theme: themeOf(document.documentElement) }
      this.isPanelDue = true
      this.due()
    })
    this.due()
  }

  private sceneOf(place: Place): Scene {
    const { model } = this
    const filter: Filter = { ...NO_FILTER, text: place.text, node: place.node }
    return this.filtered({
      model,
      theme: themeOf(document.documentElement),
      place,
      filter,
      mask: new Uint8Array(0),
      shown: 0,
      rows: [],
      rowOf: new Int32Array(0),
      course: place.follow < 0 ? undefined : courseOf(model, place.follow),
      hovered: -1,
      scroll: 0,
      faultRows: faultRowsOf(model)
    })
  }

  /** The scene with the messages and rows that its filter leaves. */
  private filtered(scene: Scene): Scene {
    const { model } = this
    const mask = maskOf(model, scene.filter)
    const rows = rowsOf(model, mask, scene.filter.node)
    const rowOf = new Int32Array(model.nodes.length).fill(-1)
    rows.forEach((node, row) => {
      rowOf[node] = row
    })
    const shown = mask.reduce((sum, each) => sum + each, 0)
    return { ...scene, mask, rows, rowOf, shown }
  }

  filter(change: Partial<Filter>): void {
    const filter = { ...this.scene.filter, ...change }
    const place = { ...this.scene.place, text: filter.text }
    this.scene = this.filtered({ ...this.scene, filter, place, hovered: -1 })
    this.isPanelDue = true
    this.due()
  }

  private toggleKind(kind: number, isAlone: boolean): void {
    const hidden = new Set(this.scene.filter.hidden)
    if (isAlone) {
      for (let other = 0; other < this.model.kinds.length; other++) hidden.add(other)
      hidden.delete(kind)
    } else if (!hidden.delete(kind)) hidden.add(kind)
    this.filter({ hidden })
  }

  /** Looks elsewhere. */
  go(change: Partial<Place>): void {
    const place = { ...this.scene.place, ...change }
    const isMoved = place.from !== this.scene.place.from || place.until !== this.scene.place.until
    const keys: ReadonlyArray<keyof Place> = ["cursor", "node", "follow", "message"]
    this.isPanelDue ||= keys.some((key) => place[key] !== this.scene.place[key])
    this.scene = { ...this.scene, place, hovered: isMoved ? -1 : this.scene.hovered }
    this.due()
  }

  hover(message: number): void {
    if (message === this.scene.hovered) return
    this.scene = { ...this.scene, hovered: message }
    this.due()
  }

  scrollBy(pixels: number): void {
    const scroll = Math.min(Math.max(this.scene.scroll + pixels, 0), this.layout.scrollMax)
    if (scroll === this.scene.scroll) return
    this.scene = { ...this.scene, scroll }
    this.due()
  }

  /** Focuses on a node and its conversations; -1 on none. */
  chooseNode(node: number): void {
    this.scene = { ...this.scene, scroll: 0 }
    this.go({ node })
    this.filter({ node })
  }

  chooseMessage(message: number): void {
    if (message < 0) return this.go({ message })
    const arrived = this.model.arrived[message] ?? 0
    const { place } = this.scene
    const span = place.until - place.from
    const isSeen = arrived >= place.from && arrived <= place.until
    const view = isSeen ? {} : within(this.model, arrived - span / 2, arrived + span / 2)
    this.go({ message, cursor: arrived, ...view })
  }

  /** Goes to a broadcast's way; -1 leaves it. */
  follow(broadcast: number): void {
    const course = broadcast < 0 ? undefined : courseOf(this.model, broadcast)
    this.scene = { ...this.scene, course }
    this.go({ follow: broadcast })
    if (course === undefined) return
    // To the last who was reached: a copy that was held up may come a minute later.
    const last = course.reached.reduce((at, reached) => Math.max(at, reached.at), course.at)
    const margin = Math.max(2_000, (last - course.at) * 0.08)
    this.go(within(this.model, course.at - margin, last + margin))
  }

  /** The next shown message, or the one before. */
  step(step: 1 | -1): void {
    const { place } = this.scene
    let next =
      place.message < 0
        ? nextShown(this.scene, Math.max(place.cursor, place.from), step)
        : place.message + step
    while (next >= 0 && next < this.model.count && this.scene.mask[next] !== 1) next += step
    if (next >= 0 && next < this.model.count) this.chooseMessage(next)
  }

  goToViolation(at: number, node: number): void {
    const { place } = this.scene
    const span = Math.min(place.until - place.from, 2 * ABOUT)
    this.go({ ...within(this.model, at - span * 0.7, at + span * 0.3), cursor: at })
    const row = this.scene.rowOf[node] ?? -1
    if (row < 0) return
    const y = this.layout.top + (row + 0.5) * this.layout.lane - this.scene.scroll
    if (y > this.layout.height || y < this.layout.top) {
      this.scrollBy(y - (this.layout.top + this.layout.height) / 2)
    }
  }

  /** Draws before the next frame. */
  due(): void {
    if (this.isDrawingDue) return
    this.isDrawingDue = true
    requestAnimationFrame(() => {
      this.isDrawingDue = false
      this.draw()
    })
  }

  private draw(): void {
    const { lanes, overview } = this
    lanes.fit()
    overview.fit()
    this.layout = layoutOf(this.scene, lanes.width, lanes.height)
    const scroll = Math.min(this.scene.scroll, this.layout.scrollMax)
    if (scroll !== this.scene.scroll) this.scene = { ...this.scene, scroll }
    const { context } = lanes
    const { layout, scene } = this
    context.clearRect(0, 0, layout.width, layout.height)
    context.save()
    context.beginPath()
    context.rect(layout.gutter, layout.top, layout.width, layout.height)
    context.clip()
    drawLives(context, scene, layout)
    context.restore()
    drawRuler(context, scene, layout)
    context.save()
    context.beginPath()
    context.rect(layout.gutter, layout.top, layout.width, layout.height)
    context.clip()
    if (scene.filter.showsFaults) drawSuffering(context, scene, layout)
    this.lines = drawFlow(context, scene, layout)
    context.restore()
    if (scene.filter.showsFaults) drawFaults(context, scene, layout)
    drawViolations(context, scene, layout)
    drawLabels(context, scene, layout)
    drawCursor(context, scene, layout)
    drawOverview(overview.context, scene, overview.width, overview.height)
    this.controls.show(scene.filter, scene.shown)
    if (this.isPanelDue) this.fillPanel()
    this.isPanelDue = false
    const hash = toHash(this.model, scene.place)
    if (hash !== location.hash) history.replaceState(null, "", hash === "" ? " " : hash)
  }

  private fillPanel(): void {
    const { scene } = this
    const { course, place } = scene
    const [broken] = this.model.violations
    const middle = (place.from + place.until) / 2
    const at = place.cursor < 0 ? (broken?.at ?? middle) : place.cursor
    const doings: Doings = {
      goTo: (moment, node) => this.goToViolation(moment, node),
      chooseNode: (node) => this.chooseNode(node),
      chooseMessage: (message) => this.chooseMessage(message),
      follow: (broadcast) => this.follow(broadcast)
    }
    const parts = [
      violationsSection(scene, doings),
      messageSection(scene, doings),
      course === undefined ? undefined : courseSection(scene, course, doings),
      place.node < 0
        ? networkSection(scene, at, doings)
        : nodeSection(scene, place.node, at, doings),
      nearbySection(scene, at, doings)
    ]
    byId("panel").replaceChildren(...parts.filter((part) => part !== undefined))
  }
}
