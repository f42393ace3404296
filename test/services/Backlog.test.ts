import { describe, expect, it } from "@effect/vitest"
import {
  BACKLOG_LARGE_BYTES,
  BACKLOG_MAX_BYTES,
  HOSTS_MAX_ENTRIES
} from "../../src/domain/Limits.ts"
import { Backlog } from "../../src/services/Backlog.ts"
import { Hosts } from "../../src/services/Hosts.ts"
import { Outbox } from "../../src/services/Outbox.ts"
import { Receiving } from "../../src/services/Receiving.ts"

const still = { scheduleTask: () => undefined, flush: () => undefined }
const large = () => new Uint8Array(BACKLOG_LARGE_BYTES)

describe("Backlog", () => {
  it("counts a large frame once, and a small one for each", () => {
    const backlog = new Backlog()
    const frame = large()
    for (let i = 0; i < 3; i++) backlog.hold(frame)
    expect(backlog.bytes).toBe(frame.length)
    for (let i = 0; i < 2; i++) backlog.release(frame)
    expect(backlog.bytes).toBe(frame.length)
    backlog.release(frame)
    expect(backlog.bytes).toBe(0)
    for (let i = 0; i < 3; i++) backlog.hold(new Uint8Array(10))
    expect(backlog.bytes).toBe(30)
  })

  it("is even again when outboxes have let all out, or were closed", () => {
    const backlog = new Backlog()
    const boxes = Array.from({ length: 4 }, () => new Outbox(still, backlog))
    const frames = [new Uint8Array(100), large(), new Uint8Array(1), large(), new Uint8Array(7)]
    for (const box of boxes) for (const frame of frames) box.offer(frame, "Direct")
    expect(backlog.bytes).toBe(4 * 108 + 2 * BACKLOG_LARGE_BYTES)
    for (const [i, box] of boxes.entries()) {
      if (i % 2 === 1) box.take()
      if (i > 1) box.close()
      else {
        while (box.hasFrames) {
          box.take()
          box.written()
        }
        box.written()
      }
    }
    expect(backlog.bytes).toBe(0)
  })

  it("leaves each outbox its share when it is full, and tells", () => {
    const backlog = new Backlog()
    let told = 0
    backlog.onFull = () => told++
    backlog.bytes = BACKLOG_MAX_BYTES
    const box = new Outbox(still, backlog)
    expect(box.offer(new Uint8Array(1000), "Broadcast")).toBe(true)
    expect(box.offer(large(), "Broadcast")).toBe(false)
    expect([told, box.withheld]).toEqual([1, 1])
  })
})

describe("Receiving", () => {
  it("sums up what is unfinished, and tells when it is too much", () => {
    const receiving = new Receiving<string>()
    let told = 0
    receiving.onFull = () => told++
    receiving.report("a", 10)
    receiving.report("b", 5)
    receiving.report("a", 4)
    expect([receiving.bytes, receiving.of("a"), told]).toEqual([9, 4, 0])
    receiving.report("b", 2 ** 30)
    expect(told).toBe(1)
    receiving.forget("b")
    receiving.report("a", 0)
    expect(receiving.bytes).toBe(0)
  })
})

describe("Hosts", () => {
  it("remembers so many, and forgets the idle ones first", () => {
    const hosts = new Hosts()
    const kept = hosts.of("kept", 0)
    kept.accepted = 1
    const owing = hosts.of("owing", 0)
    owing.attempts.spend(10, 0)
    for (let i = 0; i < 3 * HOSTS_MAX_ENTRIES; i++) hosts.of(`10.0.${i}`, 0)
    expect(hosts.size).toBeLessThanOrEqual(HOSTS_MAX_ENTRIES)
    expect(hosts.of("kept", 0)).toBe(kept)
    expect(hosts.of("owing", 0)).toBe(owing)
  })

  it("forgets who owes, too, when there are too many of them", () => {
    const hosts = new Hosts()
    for (let i = 0; i < 2 * HOSTS_MAX_ENTRIES; i++) hosts.of(`10.0.${i}`, 0).attempts.spend(10, 0)
    expect(hosts.size).toBeLessThanOrEqual(HOSTS_MAX_ENTRIES)
  })
})
