/**
 * The side panel: what did not hold, the message or broadcast that is chosen, and how things stood at the cursor.
 *
 * @since 0.1.0
 */
import { button, element, fact, section } from "./Dom.ts"
import { type Course, type Model, connectionsAt, faultsAt, lifeAt, stateAt } from "./Model.ts"
import { showTime } from "./Place.ts"
import { type Scene, nextShown } from "./Scene.ts"
import { groupOf, GROUPS } from "./Theme.ts"

/** What one can do from the panel. */
export interface Doings {
  readonly goTo: (at: number, node: number) => void
  readonly chooseNode: (node: number) => void
  readonly chooseMessage: (message: number) => void
  readonly follow: (broadcast: number) => void
}

/** Entries of a list: more than that nobody reads. */
const LISTED_MAX = 200
const NEARBY = 40

const nameOf = (model: Model, node: number): string => model.nodes[node] ?? "?"

const nodeButton = (model: Model, node: number, { chooseNode }: Doings): HTMLElement =>
  button("node", nameOf(model, node), () => chooseNode(node))

const dot = (kind: string): HTMLElement => element("i", `dot ${GROUPS[groupOf(kind)]?.name ?? ""}`)

export const violationsSection = ({ model }: Scene, doings: Doings): HTMLElement => {
  const { violations } = model
  if (violations.length === 0) {
    return section("Invariants", element("p", "good", "All of them held."))
  }
  return section(
    `Broken: ${violations.length}`,
    ...violations.map(({ at, detail, invariant, row }) =>
      button(
        "violation",
        element(
          "span",
          "",
          element("b", "", invariant),
          element("span", "when", `${row < 0 ? "" : `${nameOf(model, row)} · `}${showTime(at)}`),
          element("span", "detail", detail)
        ),
        () => doings.goTo(at, row)
      )
    )
  )
}

export const messageSection = (
  { model, place }: Scene,
  doings: Doings
): HTMLElement | undefined => {
  const { message } = place
  if (message < 0) return undefined
  const kind = model.kinds[model.kind[message] ?? 0] ?? ""
  const sent = model.sent[message] ?? 0
  const arrived = model.arrived[message] ?? 0
  const isLost = model.isLost[message] === 1
  const broadcast = model.broadcast[message] ?? -1
  const facts = [
    fact(
      "from, to",
      nodeButton(model, model.from[message] ?? -1, doings),
      " → ",
      nodeButton(model, model.to[message] ?? -1, doings)
    ),
    fact("sent", showTime(sent)),
    isLost
      ? fact("arrived", element("b", "bad", "never"))
      : fact("arrived", `${showTime(arrived)}, after ${showTime(arrived - sent)}`),
    fact("frame", `${(model.bytes[message] ?? 0).toLocaleString("en-US")} bytes`)
  ]
  const text = model.texts[model.text[message] ?? 0] ?? ""
  const made = section(
    element("span", "", dot(kind), kind),
    ...facts,
    ...(text === "" ? [] : [element("p", "payload", text)])
  )
  if (broadcast >= 0 && broadcast !== place.follow) {
    made.append(
      button("action", "Follow all its copies", () => {
        doings.follow(broadcast)
      })
    )
  }
  return made
}

export const courseSection = (scene: Scene, course: Course, doings: Doings): HTMLElement => {
  const { model, place } = scene
  const { broadcasts } = model.recording
  const kind = model.kinds[broadcasts.kind[place.follow] ?? 0] ?? ""
  const text = model.texts[broadcasts.text[place.follow] ?? 0] ?? ""
  const lost = course.copies.filter((copy) => model.isLost[copy] === 1).length
  const rows = course.reached.slice(0, LISTED_MAX).map(({ at, depth, message, node }) => {
    const row = button(
      "hop",
      element(
        "span",
        "",
        element("span", "", nameOf(model, node)),
        element("span", "when", `+${showTime(at - course.at)}`)
      ),
      () => doings.chooseMessage(message)
    )
    row.style.paddingLeft = `${6 + depth * 12}px`
    return row
  })
  return section(
    element("span", "", dot(kind), `${kind} ${place.follow}`),
    element("p", "payload", text),
    fact("made by", nodeButton(model, course.origin, doings), ` at ${showTime(course.at)}`),
    fact("reached", `${course.reached.length} nodes`),
    fact("copies", `${course.copies.length}${lost === 0 ? "" : `, ${lost} lost`}`),
    element(
      "div",
      "tree",
      button("hop", element("span", "", element("b", "", nameOf(model, course.origin))), () =>
        doings.chooseNode(course.origin)
      ),
      ...rows
    ),
    ...(course.missed.length === 0
      ? []
      : [
          fact(
            "not reached",
            ...course.missed
              .slice(0, LISTED_MAX)
              .flatMap((node) => [nodeButton(model, node, doings), " "])
          )
        ]),
    button("action", "Follow no more", () => doings.follow(-1))
  )
}

const faultFacts = (scene: Scene, at: number, node: number): ReadonlyArray<HTMLElement> => {
  const { model, theme } = scene
  const { detail, fault } = model.recording.faults
  return faultsAt(model, at, node)
    .slice(0, LISTED_MAX)
    .map((found) => {
      const name = model.texts[fault[found.fault] ?? 0] ?? ""
      const tag = element("b", "", name)
      tag.style.color = theme.faultOf(name)
      const until = found.end < 0 ? "to the end" : `until ${showTime(found.end)}`
      return element(
        "div",
        "lasting",
        tag,
        ` ${model.texts[detail[found.fault] ?? 0]} `,
        element("span", "when", `since ${showTime(found.start)}, ${until}`)
      )
    })
}

/** One node at a moment. */
export const nodeSection = (
  scene: Scene,
  node: number,
  at: number,
  doings: Doings
): HTMLElement => {
  const { model } = scene
  const life = lifeAt(model, node, at)
  const title = `${nameOf(model, node)} at ${showTime(at)}`
  if (life === undefined) return section(title, element("p", "muted", "It has not started yet."))
  if (!life.isUp) {
    const how = life.how === 2 ? "crashed" : "stopped"
    return section(
      title,
      element(
        "p",
        "down",
        `Down: it ${how} at ${showTime(life.until)}, in its life ${life.number}.`
      )
    )
  }
  const connections = connectionsAt(model, node, at)
  const state = stateAt(model, node, at)
  const { at: times, peers, values } = model.recording.states
  const isFresh = state >= 0 && (times[state] ?? 0) >= life.since
  const peerNames = isFresh ? (model.texts[peers[state] ?? 0] ?? "") : ""
  const metrics = isFresh
    ? model.metrics.map((name, column) =>
        fact(name, (values[column]?.[state] ?? 0).toLocaleString("en-US"))
      )
    : []
  return section(
    title,
    fact("up", `life ${life.number}, since ${showTime(life.since)}`),
    ...faultFacts(scene, at, node),
    element("h3", "", `Connections: ${connections.length}`),
    ...connections
      .slice(0, LISTED_MAX)
      .map(({ isDialler, other, since }) =>
        element(
          "div",
          "link",
          element("span", "muted", isDialler ? "to" : "from"),
          nodeButton(model, other, doings),
          element("span", "when", `since ${showTime(since)}`)
        )
      ),
    ...(isFresh
      ? [
          element("h3", "", `As it saw itself at ${showTime(times[state] ?? 0)}`),
          fact("peers", peerNames === "" ? "none" : peerNames),
          ...metrics
        ]
      : [])
  )
}

/** All nodes at a moment. */
export const networkSection = (scene: Scene, at: number, doings: Doings): HTMLElement => {
  const { model, rows } = scene
  const degrees = new Uint32Array(model.nodes.length)
  const { end, from, start, to } = model.recording.connections
  for (let i = 0; i < from.length; i++) {
    const until = end[i] ?? -1
    if ((start[i] ?? 0) > at || (until >= 0 && until <= at)) continue
    for (const node of [from[i] ?? 0, to[i] ?? 0]) degrees[node] = (degrees[node] ?? 0) + 1
  }
  const cells = rows.slice(0, LISTED_MAX).map((node) => {
    const isUp = lifeAt(model, node, at)?.isUp === true
    const label = isUp ? `${nameOf(model, node)} ${degrees[node] ?? 0}` : nameOf(model, node)
    return button(isUp ? "cell" : "cell down", label, () => doings.chooseNode(node))
  })
  const up = cells.filter((cell) => !cell.classList.contains("down")).length
  return section(
    `Network at ${showTime(at)}`,
    element(
      "p",
      "muted",
      `${up} of ${cells.length} nodes up; each with its connections. Choose one for its state.`
    ),
    element("div", "cells", ...cells),
    ...faultFacts(scene, at, -1)
  )
}

/** What was said about the time of the cursor. */
export const nearbySection = (scene: Scene, at: number, doings: Doings): HTMLElement => {
  const { mask, model, place } = scene
  const rows: Array<HTMLElement> = []
  let i = nextShown(scene, at, 1)
  for (; i >= 0 && i < model.count && rows.length < NEARBY; i++) {
    if (mask[i] !== 1) continue
    const message = i
    const kind = model.kinds[model.kind[i] ?? 0] ?? ""
    const row = button(
      message === place.message ? "event chosen" : "event",
      element(
        "span",
        "",
        element("span", "when", showTime(model.arrived[i] ?? 0)),
        dot(kind),
        element(
          "span",
          "who",
          `${nameOf(model, model.from[i] ?? 0)} → ${nameOf(model, model.to[i] ?? 0)}`
        ),
        element(
          "span",
          "what",
          `${model.isLost[i] === 1 ? "lost: " : ""}${kind} ${model.texts[model.text[i] ?? 0]}`
        )
      ),
      () => doings.chooseMessage(message)
    )
    rows.push(row)
  }
  return section(`Messages from ${showTime(at)} on`, ...rows)
}
