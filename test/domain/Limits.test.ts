import { describe, expect, it } from "@effect/vitest"
import * as Limits from "../../src/domain/Limits.ts"

const limits = { ...Limits }

describe("Limits", () => {
  it.each(Object.entries(limits))("%s is a whole number, and not nothing: %i", (_, limit) => {
    expect(Number.isSafeInteger(limit)).toBe(true)
    expect(limit).toBeGreaterThan(0)
  })

  // Where one of these did not hold, the smaller limit would be of no effect, or the larger one.
  it.each([
    ["control messages are a part of what is", "CONTROL_MAX_BYTES", "FRAME_BODY_MAX_BYTES"],
    ["a body is worth compressing within", "COMPRESS_MIN_BYTES", "FRAME_BODY_MAX_BYTES"],
    [
      "our own broadcasts run ahead less than",
      "MESSAGE_LEAD_OWN_SECONDS",
      "MESSAGE_LEAD_MAX_SECONDS"
    ],
    ["senders wait before it is full", "OUTBOX_HIGH_WATER_BYTES", "OUTBOX_MAX_BYTES"],
    ["the reserve is a part of", "OUTBOX_RESERVE_BYTES", "OUTBOX_MAX_BYTES"],
    ["an outbox holds the largest frame", "FRAME_BODY_MAX_BYTES", "OUTBOX_MAX_BYTES"],
    ["writes are gathered below", "WRITE_GATHER_MAX_BYTES", "OUTBOX_HIGH_WATER_BYTES"],
    ["a subscriber holds the largest message", "FRAME_INFLATED_MAX_BYTES", "SUBSCRIBER_MAX_BYTES"],
    ["handshakes come out of connections", "PENDING_MAX", "INCOMING_MAX"],
    ["redials back off to", "REDIAL_MIN_MILLIS", "REDIAL_MAX_MILLIS"],
    ["restarts back off to", "RESTART_MIN_MILLIS", "RESTART_MAX_MILLIS"],
    ["restarts fit their window", "RESTART_MAX_MILLIS", "RESTART_WINDOW_MILLIS"],
    ["last frames go out before the cut", "LINGER_MILLIS", "SHUTDOWN_TIMEOUT_MILLIS"]
  ] as const)("%s: %s < %s", (_, less, more) => {
    expect(limits[less]).toBeLessThan(limits[more])
  })

  it("leaves room beside the reserve for the largest broadcast", () => {
    const room = Limits.OUTBOX_MAX_BYTES - Limits.OUTBOX_RESERVE_BYTES
    expect(room).toBeGreaterThan(Limits.FRAME_BODY_MAX_BYTES + Limits.FRAME_LENGTH_BYTES)
    expect(room).toBeGreaterThan(Limits.OUTBOX_HIGH_WATER_BYTES)
  })
})
