/**
 * The trace of a run: everything that happens in it, in order, folded into one number; equal runs have equal
 * traces. And how to find where two runs part.
 *
 * The hash is no digest: it runs once for each delivery, over all its bytes, and nobody attacks it. Its four
 * lanes mix words as xxHash32 does (Y. Collet, "xxHash fast digest algorithm", specification 0.1.1).
 *
 * @since 0.1.0
 */
import type { Address } from "../../domain/Address.ts"
import { format } from "../../domain/Address.ts"
import * as Bytes from "../../domain/Bytes.ts"

/** Something that has happened, at some virtual milliseconds since the run began. */
export type TraceEvent =
  | {
      readonly _tag: "Delivered"
      readonly atMillis: number
      readonly from: Address
      readonly to: Address
      readonly bytes: Uint8Array
    }
  /** A connection was dialled, or has ended. */
  | {
      readonly _tag: "Connected" | "Disconnected"
      readonly atMillis: number
      readonly from: Address
      readonly to: Address
    }
  /** A process began, or came to its end. */
  | {
      readonly _tag: "Started" | "Stopped" | "Crashed"
      readonly atMillis: number
      readonly node: string
    }
  | {
      readonly _tag: "FaultInjected"
      readonly atMillis: number
      /** Its kind, and what it was done to. */
      readonly fault: string
      readonly detail: string
    }
  /** What a program, a node's own code or a checker has entered. */
  | { readonly _tag: "Noted"; readonly atMillis: number; readonly text: string }

const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77

/** An event in words, with all that its hash covers but for the bytes themselves. */
export const describe = (event: TraceEvent): string => {
  switch (event._tag) {
    case "Delivered":
      return `${format(event.from)} > ${format(event.to)}: ${event.bytes.length} bytes`
    case "Connected":
    case "Disconnected":
      return `${event._tag} ${format(event.from)} > ${format(event.to)}`
    case "Started":
    case "Stopped":
    case "Crashed":
      return `${event._tag} ${event.node}`
    case "FaultInjected":
      return `fault ${event.fault} ${event.detail}`
    case "Noted":
      return `note ${event.text}`
  }
}

export class Trace {
  /** Events that it covers. */
  events = 0
  private a = PRIME_1 + PRIME_2
  private b = PRIME_2
  private c = 0
  private d = 0 - PRIME_1
  private readonly listener: ((event: TraceEvent, hash: number) => void) | undefined

  /** The listener is told of each event, and of the trace's short form after it. */
  constructor(listener?: (event: TraceEvent, hash: number) => void) {
    this.listener = listener
  }

  record(event: TraceEvent): void {
    this.events++
    this.word(Math.floor(event.atMillis) >>> 0)
    this.word(Math.round((event.atMillis % 1) * 1e6) >>> 0)
    if (event._tag === "Delivered") {
      this.text(event.from.host)
      this.text(event.to.host)
      this.word(event.from.port * 0x1_0000 + event.to.port)
      this.bytes(event.bytes)
    } else {
      this.text(describe(event))
    }
    this.listener?.(event, this.short)
  }

  /** 32 bits of it, for the comparison of runs event by event. */
  get short(): number {
    return (this.a ^ Math.imul(this.b, PRIME_1) ^ Math.imul(this.c, PRIME_2) ^ this.d) >>> 0
  }

  /** All of it, as 32 hexadecimal digits. */
  get hash(): string {
    const lanes = Uint8Array.from([this.a, this.b, this.c, this.d].flatMap(bigEndian))
    return Bytes.toHex(lanes)
  }

  /** Mixes a word into one lane, and turns the lanes. */
  private word(value: number): void {
    const mixed = (this.a + Math.imul(value, PRIME_2)) | 0
    const turned = Math.imul((mixed << 13) | (mixed >>> 19), PRIME_1)
    this.a = this.b
    this.b = this.c
    this.c = this.d
    this.d = (turned ^ this.a) | 0
  }

  private text(text: string): void {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i))
    this.word(text.length | 0x8000_0000)
  }

  private bytes(bytes: Uint8Array): void {
    const { length } = bytes
    let at = 0
    for (; at + 4 <= length; at += 4) {
      this.word(
        (bytes[at] ?? 0) |
          ((bytes[at + 1] ?? 0) << 8) |
          ((bytes[at + 2] ?? 0) << 16) |
          ((bytes[at + 3] ?? 0) << 24)
      )
    }
    for (; at < length; at++) this.word(bytes[at] ?? 0)
    this.word(length | 0x4000_0000)
  }
}

const bigEndian = (lane: number): ReadonlyArray<number> => [
  (lane >>> 24) & 0xff,
  (lane >>> 16) & 0xff,
  (lane >>> 8) & 0xff,
  lane & 0xff
]
