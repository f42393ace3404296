/**
 * Where somebody looks: the span of time, what is chosen, and all of that as the part of an address behind
 * its `#`, so that it can be linked to.
 *
 * @since 0.1.0
 */
import type { Model } from "./Model.ts"

/** Microseconds that can be told apart at most: one fills the width of a button. */
const SPAN_MIN = 20

export interface Place {
  /** The span in view, in microseconds. */
  readonly from: number
  readonly until: number
  /** The cursor; -1 for none. */
  readonly cursor: number
  /** The node, broadcast and message that are chosen; -1 for none. */
  readonly node: number
  readonly follow: number
  readonly message: number
  readonly text: string
}

export const wholeOf = (model: Model): Place => ({
  from: 0,
  until: model.until,
  cursor: -1,
  node: -1,
  follow: -1,
  message: -1,
  text: ""
})

/** A span that lies within the run, no shorter than can be seen. */
export const within = (
  model: Model,
  from: number,
  until: number
): { from: number; until: number } => {
  const span = Math.min(Math.max(until - from, SPAN_MIN), model.until)
  const start = Math.min(Math.max((from + until - span) / 2, 0), model.until - span)
  return { from: start, until: start + span }
}

/** Nearer by a factor, or farther, about a moment that stays where it is. */
export const zoomed = (model: Model, place: Place, about: number, factor: number): Place => {
  const from = about - (about - place.from) * factor
  const until = about + (place.until - about) * factor
  const span = until - from
  if (span < SPAN_MIN) return place
  if (span >= model.until) return { ...place, from: 0, until: model.until }
  const start = Math.min(Math.max(from, 0), model.until - span)
  return { ...place, from: start, until: start + span }
}

/** Earlier or later by some microseconds. */
export const moved = (model: Model, place: Place, by: number): Place => {
  const span = place.until - place.from
  const from = Math.min(Math.max(place.from + by, 0), Math.max(0, model.until - span))
  return { ...place, from, until: from + span }
}

const seconds = (micros: number): string => String(Math.round(micros) / 1_000_000)
const micros = (text: string | undefined): number => Number(text) * 1_000_000

/** The address of a place: `t=12.5,13.2&at=12.9&node=n3&follow=42`. */
export const toHash = (model: Model, place: Place): string => {
  const parts: Array<string> = []
  if (place.from > 0 || place.until < model.until) {
    parts.push(`t=${seconds(place.from)},${seconds(place.until)}`)
  }
  if (place.cursor >= 0) parts.push(`at=${seconds(place.cursor)}`)
  if (place.node >= 0) parts.push(`node=${encodeURIComponent(model.nodes[place.node] ?? "")}`)
  if (place.follow >= 0) parts.push(`follow=${place.follow}`)
  if (place.message >= 0) parts.push(`message=${place.message}`)
  if (place.text !== "") parts.push(`q=${encodeURIComponent(place.text)}`)
  return parts.length === 0 ? "" : `#${parts.join("&")}`
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A number of something that there is, else -1. */
const numbered = (text: string | undefined, count: number): number => {
  const number = Number(text ?? "")
  return text !== undefined &&
    text !== "" &&
    Number.isInteger(number) &&
    number >= 0 &&
    number < count
    ? number
    : -1
}

/** The place of an address; what it does not say, or says wrongly, is as at the beginning. */
export const fromHash = (model: Model, hash: string): Place => {
  const fields = new Map(
    hash
      .replace(/^#/, "")
      .split("&")
      .map((part): readonly [string, string] => {
        const at = part.indexOf("=")
        return at < 0 ? [part, ""] : [part.slice(0, at), decoded(part.slice(at + 1))]
      })
  )
  const whole = wholeOf(model)
  const [from, until] = (fields.get("t") ?? "").split(",")
  const start = micros(from)
  const end = micros(until)
  const span =
    Number.isFinite(start) && Number.isFinite(end) && end > start
      ? within(model, start, end)
      : whole
  const cursor = fields.has("at") ? micros(fields.get("at")) : -1
  return {
    from: span.from,
    until: span.until,
    cursor: Number.isFinite(cursor) && cursor >= 0 ? Math.min(cursor, model.until) : -1,
    node: model.nodes.indexOf(fields.get("node") ?? ""),
    follow: numbered(fields.get("follow"), model.recording.broadcasts.at.length),
    message: numbered(fields.get("message"), model.count),
    text: fields.get("q") ?? ""
  }
}

/** Milliseconds and finer, as long as need be. */
export const showTime = (micros: number): string => {
  if (micros === 0) return "0 s"
  if (micros >= 1_000_000) return `${(micros / 1_000_000).toFixed(3)} s`
  return `${(micros / 1_000).toFixed(micros >= 10_000 ? 1 : 2)} ms`
}

/** Distances between two lines of a ruler, in microseconds. */
const STEPS = [1, 2, 5]

/** A round distance for lines of a ruler that stand at least so far apart. */
export const rulerStep = (least: number): number => {
  let power = 1
  for (;;) {
    for (const step of STEPS) if (step * power >= least) return step * power
    power *= 10
  }
}
