/**
 * The head of the page: which run this is, how it ended, and how to make it again.
 *
 * @since 0.1.0
 */
import type { Counts } from "./Data.ts"
import { button, byId, element } from "./Dom.ts"
import type { Model } from "./Model.ts"
import { showTime } from "./Place.ts"

const number = (value: number): string => Math.round(value).toLocaleString("en-US")

const table = (title: string, counts: Counts): HTMLElement =>
  element(
    "div",
    "counts",
    element("h3", "", title),
    ...(counts.length === 0 ? [element("p", "muted", "none")] : []),
    ...counts.map(([name, count]) =>
      element(
        "div",
        count === 0 ? "count zero" : "count",
        element("span", "", name),
        element("span", "", number(count))
      )
    )
  )

const copy = (text: string, label: HTMLElement): void => {
  const said = label.textContent
  const done = (word: string) => {
    label.textContent = word
    label.addEventListener("mouseleave", () => (label.textContent = said), { once: true })
  }
  navigator.clipboard.writeText(text).then(
    () => done("Copied"),
    () => done("Select it, and copy")
  )
}

export const renderHeader = (model: Model): void => {
  const { run } = model
  const isBroken = run.violations.length > 0
  const shown = model.count
  const kept =
    model.dropped === 0
      ? ""
      : ` · shows the last ${number(shown)} of ${number(shown + model.dropped)} messages`
  const details = byId("details")
  const toggle = button("toggle", "Run details", () => {
    details.hidden = !details.hidden
    dispatchEvent(new Event("resize"))
  })
  const [first] = run.violations
  byId("title").append(
    element("h1", "", run.scenario),
    element("span", "seed", `seed ${run.seed}`),
    element(
      "span",
      isBroken ? "verdict broken" : "verdict held",
      isBroken ? `${first?.invariant} broke` : "all held"
    ),
    element(
      "span",
      "stats",
      `${model.nodes.length} nodes · ${showTime(model.until)} · ${number(run.events)} events · ${number(shown)} messages`,
      element("b", "", kept)
    ),
    element("span", "trace", `trace ${run.trace}`),
    toggle
  )
  const copier = button("toggle", "Copy", () => copy(run.replay, copier))
  details.append(
    element("div", "again", element("h3", "", "Again"), element("code", "", run.replay), copier),
    element(
      "div",
      "tables",
      table("Faults", run.faults),
      table("Sometimes", run.sometimes),
      table("Counters", run.counters),
      element("div", "counts", element("h3", "", "Configuration"), element("pre", "", run.config))
    )
  )
}
