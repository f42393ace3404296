/**
 * The row of filters: text, kinds, faults; and the way back to the whole.
 *
 * @since 0.1.0
 */
import { button, byId, element } from "./Dom.ts"
import { countsOf, type Filter } from "./Filter.ts"
import type { Model } from "./Model.ts"
import { groupOf, GROUPS } from "./Theme.ts"

/** What one can do from there. */
export interface Controls {
  readonly input: HTMLInputElement
  /** Shows which filter holds, and how much it leaves. */
  readonly show: (filter: Filter, shown: number) => void
}

export interface Changes {
  readonly onText: (text: string) => void
  readonly onKind: (kind: number, isAlone: boolean) => void
  readonly onFaults: () => void
  readonly onNode: () => void
  readonly onWhole: () => void
}

export const controlsOf = (model: Model, changes: Changes): Controls => {
  const place = byId("controls")
  const input = document.createElement("input")
  input.type = "search"
  input.placeholder = "Filter: kind, node, text, lost  ( / )"
  input.setAttribute("aria-label", "Filter messages")
  input.addEventListener("input", () => changes.onText(input.value))
  const counts = countsOf(model)
  const chips = new Map<number, HTMLElement>()
  const kinds = model.kinds
    .map((name, kind) => ({ name, kind, count: counts[kind] ?? 0 }))
    .filter(({ count }) => count > 0)
  for (const { count, kind, name } of kinds) {
    const chip = button(
      `chip ${GROUPS[groupOf(name)]?.name ?? ""}`,
      element(
        "span",
        "",
        element("i", "dot"),
        name,
        element("small", "", count.toLocaleString("en-US"))
      ),
      () => changes.onKind(kind, false)
    )
    chip.title = "Click to hide or show, double-click for this one alone"
    chip.addEventListener("dblclick", () => changes.onKind(kind, true))
    chips.set(kind, chip)
  }
  const faults = button("chip", "faults", changes.onFaults)
  const node = button("chip focus", "", changes.onNode)
  const count = element("span", "shown", "")
  place.append(
    input,
    node,
    ...chips.values(),
    faults,
    count,
    button("toggle", "Whole run", changes.onWhole)
  )
  return {
    input,
    show: (filter, shown) => {
      if (input.value !== filter.text) input.value = filter.text
      for (const [kind, chip] of chips) {
        chip.setAttribute("aria-pressed", String(!filter.hidden.has(kind)))
      }
      faults.setAttribute("aria-pressed", String(filter.showsFaults))
      node.hidden = filter.node < 0
      node.textContent = `only ${model.nodes[filter.node] ?? ""}  ×`
      const isAll = shown === model.count
      count.textContent = isAll ? "" : `${shown.toLocaleString("en-US")} shown`
    }
  }
}
