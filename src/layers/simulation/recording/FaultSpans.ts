/**
 * Faults from their beginnings to their ends, out of the trace: a partition and its repair are one.
 *
 * @since 0.1.0
 */
import { FAULTS_MAX } from "./RecordingLimits.ts"
import { Ring } from "./Ring.ts"

/** A fault. One of a moment ends as it begins; one that goes on has no end. */
export interface FaultSpan {
  readonly fault: string
  readonly detail: string
  readonly startMillis: number
  endMillis: number | undefined
}

/** What a verb does: begins what lasts, ends it, ends all of its kind, or is over at once. */
type Effect =
  | { readonly _tag: "Begins"; readonly fault: string; readonly key: string }
  | { readonly _tag: "Ends"; readonly fault: string; readonly key: string | undefined }
  | { readonly _tag: "EndsAll" }
  | { readonly _tag: "Passes" }

const effectOf = (verb: string, detail: string): Effect => {
  const [first = "", second = ""] = detail.split(" ")
  const lasts = (fault: string, isOver: boolean): Effect => ({
    _tag: isOver ? "Ends" : "Begins",
    fault,
    key: first
  })
  switch (verb) {
    case "partition":
      return { _tag: "Begins", fault: verb, key: detail }
    case "repair":
      return { _tag: "Ends", fault: "partition", key: detail === "" ? undefined : detail }
    case "hold":
      return { _tag: "Begins", fault: verb, key: detail }
    case "release":
      return { _tag: "Ends", fault: "hold", key: detail }
    case "pause":
      return { _tag: "Begins", fault: verb, key: first }
    case "resume":
      return { _tag: "Ends", fault: "pause", key: first }
    case "flip-bits": {
      const isEverywhere = detail.startsWith(" ")
      const [probability] = detail.split(" ").slice(1)
      const key = isEverywhere ? "" : first
      return { _tag: Number(probability) === 0 ? "Ends" : "Begins", fault: verb, key }
    }
    case "slow-reader":
      return lasts(verb, second === "no")
    case "slow-disk":
      return lasts(verb, Number(second) === 0)
    case "drift-clock":
      return lasts(verb, Number(second) === 0)
    case "calm":
      return { _tag: "EndsAll" }
    default:
      return { _tag: "Passes" }
  }
}

/** Those of which a later one with the same key takes the place of the one before; others add up. */
const REPLACED = new Set(["flip-bits", "slow-reader", "slow-disk", "drift-clock", "pause"])

export class FaultSpans {
  private readonly spans = new Ring<FaultSpan>(FAULTS_MAX)
  /** What lasts, by fault and key, the latest last. */
  private readonly open = new Map<string, Array<FaultSpan>>()

  get dropped(): number {
    return this.spans.dropped
  }

  /** All, by their beginnings. */
  get items(): ReadonlyArray<FaultSpan> {
    return this.spans.items
  }

  take(atMillis: number, verb: string, detail: string): void {
    const effect = effectOf(verb, detail)
    switch (effect._tag) {
      case "Begins": {
        const key = `${effect.fault} ${effect.key}`
        if (REPLACED.has(effect.fault)) this.close(key, atMillis)
        const span: FaultSpan = {
          fault: effect.fault,
          detail,
          startMillis: atMillis,
          endMillis: undefined
        }
        this.spans.push(span)
        const open = this.open.get(key)
        if (open === undefined) this.open.set(key, [span])
        else open.push(span)
        return
      }
      case "Ends":
        if (effect.key !== undefined) return this.close(`${effect.fault} ${effect.key}`, atMillis)
        for (const key of this.open.keys()) {
          while (key.startsWith(`${effect.fault} `) && this.open.has(key)) this.close(key, atMillis)
        }
        return
      case "EndsAll":
        for (const spans of this.open.values()) for (const span of spans) span.endMillis = atMillis
        this.open.clear()
        this.mark(atMillis, verb, detail)
        return
      case "Passes":
        // A process that crashes is not paused any more.
        if (verb === "crash") this.close(`pause ${detail.split(" ")[0]}`, atMillis)
        this.mark(atMillis, verb, detail)
    }
  }

  private mark(atMillis: number, fault: string, detail: string): void {
    this.spans.push({ fault, detail, startMillis: atMillis, endMillis: atMillis })
  }

  private close(key: string, atMillis: number): void {
    const open = this.open.get(key)
    const span = open?.pop()
    if (span !== undefined) span.endMillis = atMillis
    if (open?.length === 0) this.open.delete(key)
  }
}
