/**
 * What has been broadcast in a run, and who has heard it: the book that deliveries are checked by.
 *
 * Each broadcast carries a number and a text that nothing but the book knows, so that what was never said,
 * or is not as it was said, is found out. One entry in an array for each delivery, and nothing that grows
 * with the number of nodes per event.
 *
 * @since 0.1.0
 */
import type { Value } from "../../domain/Value.ts"
import type { Invariant } from "./Violation.ts"

/** One who speaks and hears, in its present life. */
export interface Hearer {
  /** From 0, without a gap, for each of a run. */
  readonly index: number
  readonly name: string
  /** The subnet that it is in. */
  readonly subnet: string
  /** Which of its lives it is in, from 1. */
  readonly life: number
}

/** Something that was broadcast. */
export interface Broadcast {
  readonly number: number
  readonly text: string
  readonly from: Hearer
  readonly atMillis: number
  /** Who is asked to answer, by name. */
  readonly asked: string | undefined
  /** Answers that have come. */
  answers: number
  /** In which of its lives each hearer was told of it last; 0 for never. */
  readonly heard: Uint16Array
  /** Those who were up when it was said, and have never heard it. */
  missing: number
}

/** What is wrong with a delivery. */
export interface Wrong {
  readonly invariant: Invariant
  readonly detail: string
}

/** What an answer begins with; then comes the number of what it answers. */
export const ANSWER = "answer"

/** How long a broadcast may be under way in a healthy network, in milliseconds. */
const FLIGHT_MILLIS = 10_000

export class Broadcasts {
  /** Deliveries so far. */
  deliveries = 0
  /** Deliveries to a later life of who had heard it already. */
  repeats = 0
  private readonly all = new Map<number, Broadcast>()
  private recent: Array<Broadcast> = []
  private readonly hearers: number

  /** `hearers` is how many there are. */
  constructor(hearers: number) {
    this.hearers = hearers
  }

  get size(): number {
    return this.all.size
  }

  /** Enters what is about to be said. `listening` is how many others are up in its subnet. */
  say(
    number: number,
    text: string,
    from: Hearer,
    listening: number,
    atMillis: number,
    asked?: string
  ): Broadcast {
    const heard = new Uint16Array(this.hearers)
    const broadcast: Broadcast = {
      number,
      text,
      from,
      atMillis,
      asked,
      answers: 0,
      heard,
      missing: listening
    }
    this.all.set(number, broadcast)
    this.recent.push(broadcast)
    return broadcast
  }

  /** Whether some broadcast is on its way to somebody. */
  isAnyInFlight(nowMillis: number): boolean {
    this.recent = this.recent.filter(
      ({ atMillis, missing }) => missing > 0 && nowMillis - atMillis < FLIGHT_MILLIS
    )
    return this.recent.length > 0
  }

  /** Whether somebody is asked to answer a broadcast. */
  isAsked(by: Hearer, [number]: ReadonlyArray<Value>): boolean {
    const broadcast = typeof number === "number" ? this.all.get(number) : undefined
    return broadcast?.asked === by.name
  }

  /**
   * Enters that an answer has come to somebody; returns what is wrong with that. It may come twice: where the word
   * of its arrival was lost it is sent again.
   */
  hearAnswer(
    by: Hearer,
    sender: string | undefined,
    payload: ReadonlyArray<Value>
  ): Wrong | undefined {
    const [word, number] = payload
    const broadcast = typeof number === "number" ? this.all.get(number) : undefined
    const isTrue =
      broadcast !== undefined &&
      word === ANSWER &&
      payload.length === 2 &&
      broadcast.from.index === by.index &&
      broadcast.asked === sender
    if (isTrue) broadcast.answers++
    const detail = `${show(payload)} of ${sender ?? "a stranger"} is no answer to ${by.name}`
    return isTrue ? undefined : { invariant: "Genuine", detail }
  }

  /** Enters that somebody was told of something; returns what is wrong with that. */
  hear(by: Hearer, sender: string | undefined, payload: ReadonlyArray<Value>): Wrong | undefined {
    this.deliveries++
    const [number, text] = payload
    const broadcast = typeof number === "number" ? this.all.get(number) : undefined
    if (broadcast === undefined) {
      return { invariant: "Genuine", detail: `${show(payload)} was never said` }
    }
    const { from, heard } = broadcast
    if (text !== broadcast.text || payload.length !== 2) {
      return { invariant: "Genuine", detail: `${show(payload)} is not what ${from.name} said` }
    }
    if (sender !== from.name) {
      const detail = `${number} of ${from.name} came as ${sender ?? "a stranger"}'s`
      return { invariant: "Genuine", detail }
    }
    if (from.subnet !== by.subnet) {
      const detail = `${number} of ${from.name} in ${from.subnet} came to ${by.subnet}`
      return { invariant: "SubnetsApart", detail }
    }
    if (from.index === by.index) {
      return { invariant: "AtMostOnce", detail: `${number} came back to who said it` }
    }
    const before = heard[by.index] ?? 0
    if (before === by.life) {
      return { invariant: "AtMostOnce", detail: `${number} of ${from.name} came twice` }
    }
    if (before === 0) broadcast.missing--
    else this.repeats++
    heard[by.index] = by.life
    return undefined
  }
}

const SHOWN_CHARS = 60

const show = (payload: ReadonlyArray<Value>): string => {
  const text = payload.map((value) => String(value)).join(" ")
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text
}
