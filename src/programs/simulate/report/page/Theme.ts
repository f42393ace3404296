/**
 * Colours, as the page's style says them, and which of them a message or a fault has.
 *
 * @since 0.1.0
 */

/** Kinds of messages that share a colour, and how the colour is called in the style. */
export const GROUPS = [
  { name: "talk", kinds: ["broadcast"] },
  {
    name: "direct",
    kinds: ["whisper", "protocol", "answer", "cancel", "carry", "carried", "table"]
  },
  { name: "search", kinds: ["request", "response"] },
  {
    name: "meet",
    kinds: [
      "peers",
      "peers wanted",
      "handshake",
      "hello",
      "goodbye",
      "announcement",
      "renegotiation",
      "resend"
    ]
  },
  { name: "pulse", kinds: ["heartbeat", "heartbeat ack", "ping", "pong"] },
  { name: "bad", kinds: ["unknown", "unreadable"] }
]

/** The number of a kind's group. */
export const groupOf = (kind: string): number =>
  Math.max(
    0,
    GROUPS.findIndex(({ kinds }) => kinds.includes(kind))
  )

const FAULT_GROUPS: Record<string, string> = {
  partition: "network",
  hold: "network",
  reset: "network",
  "half-open": "network",
  "flip-bits": "network",
  flip: "network",
  "slow-reader": "network",
  pause: "process",
  crash: "process",
  bounce: "process",
  kill: "process",
  "slow-disk": "disk",
  "fail-writes": "disk",
  "torn-write": "disk",
  "lost-write": "disk",
  "step-clock": "clock",
  "drift-clock": "clock",
  calm: "calm"
}

const FAULT_NAMES = ["network", "process", "disk", "clock", "calm"]

export interface Theme {
  readonly ink: string
  readonly muted: string
  readonly faint: string
  readonly line: string
  readonly surface: string
  readonly background: string
  readonly up: string
  readonly down: string
  readonly accent: string
  readonly bad: string
  readonly good: string
  readonly groups: ReadonlyArray<string>
  readonly faultOf: (fault: string) => string
}

/** The colours that hold now: they change with the reader's scheme. */
export const themeOf = (element: Element): Theme => {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const faults = new Map(FAULT_NAMES.map((name) => [name, color(`fault-${name}`)]))
  return {
    ink: color("ink"),
    muted: color("muted"),
    faint: color("faint"),
    line: color("line"),
    surface: color("surface"),
    background: color("background"),
    up: color("up"),
    down: color("down"),
    accent: color("accent"),
    bad: color("bad"),
    good: color("good"),
    groups: GROUPS.map(({ name }) => color(`kind-${name}`)),
    faultOf: (fault) => faults.get(FAULT_GROUPS[fault] ?? "network") ?? color("muted")
  }
}
