/**
 * The faults of a simulated network: what can be done to its hosts and to the ways between them. The verbs
 * are those of the field (`partition`, `repair`, `hold`, `release`, `crash`, `bounce`).
 *
 * Hosts are named as their nodes are. Each verb is part of the run's trace.
 *
 * @since 0.1.0
 */
import type { Links, Weather } from "./Links.ts"
import type { ProcessTime, VirtualTime } from "./VirtualTime.ts"
import { EPOCH_MILLIS } from "./VirtualTime.ts"
import type { Disk } from "./SimulatedJournal.ts"
import type { Trace } from "./Trace.ts"

/** What the faults are done to. */
export interface Machine {
  readonly time: ProcessTime
  readonly disk: Disk
}

/** Two groups of hosts that nothing gets through between; one way only, if so. */
interface Cut {
  readonly left: ReadonlySet<string>
  readonly right: ReadonlySet<string>
  readonly isOneWay: boolean
}

export interface PartitionOptions {
  /** Only what the first group sends to the others is lost. */
  readonly oneWay?: boolean | undefined
}

export class Faults implements Weather {
  private readonly time: VirtualTime
  private readonly trace: Trace
  private readonly machines: ReadonlyMap<string, Machine>
  private readonly links: () => Links
  private cuts: ReadonlyArray<Cut> = []
  private held = new Map<string, number>()
  private readonly flips = new Map<string, number>()
  private readonly speeds = new Map<string, number>()
  private readonly swallowed = new Set<string>()
  /** How many of each kind were injected. */
  readonly counts = new Map<string, number>()

  constructor(
    time: VirtualTime,
    trace: Trace,
    machines: ReadonlyMap<string, Machine>,
    links: () => Links
  ) {
    this.time = time
    this.trace = trace
    this.machines = machines
    this.links = links
  }

  // ---- The weather that they make

  isBlocked = (from: string, to: string): boolean => {
    if (from === to) return false
    if ((this.held.get(`${from}>${to}`) ?? 0) > 0) return true
    return this.cuts.some(
      ({ isOneWay, left, right }) =>
        (left.has(from) && right.has(to)) || (!isOneWay && right.has(from) && left.has(to))
    )
  }

  flipping = (from: string, to: string): number =>
    // Asked for each delivery, and seldom anything but none.
    this.flips.size === 0 ? 0 : (this.flips.get(`${from}>${to}`) ?? this.flips.get("") ?? 0)

  onFlip = (detail: string): void => this.tell("flip", detail)

  isSwallowed = (from: string, to: string): boolean =>
    this.swallowed.size > 0 && this.swallowed.has(`${from}>${to}`)

  readingSpeed = (host: string): number => this.speeds.get(host) ?? Number.POSITIVE_INFINITY

  /** Whether nothing stands between any two hosts, and nothing is done to what passes. */
  get isCalm(): boolean {
    return (
      this.cuts.length === 0 &&
      [...this.held.values()].every((count) => count === 0) &&
      this.flips.size === 0 &&
      this.speeds.size === 0 &&
      this.swallowed.size === 0 &&
      [...this.machines.values()].every(({ time }) => !time.isPaused)
    )
  }

  // ---- The network's

  /**
   * Cuts a group of hosts off from another: by default from all others. Cuts add up. Returns how to take this
   * one back.
   */
  partition(
    left: ReadonlyArray<string>,
    right?: ReadonlyArray<string>,
    { oneWay = false }: PartitionOptions = {}
  ): () => void {
    const others = right ?? [...this.machines.keys()].filter((name) => !left.includes(name))
    const cut = { left: new Set(left), right: new Set(others), isOneWay: oneWay }
    const detail = `${left.join(" ")} ${oneWay ? ">" : "|"} ${others.join(" ")}`
    this.cuts = [...this.cuts, cut]
    this.tell("partition", detail)
    this.links().look()
    return () => {
      if (!this.cuts.includes(cut)) return
      this.cuts = this.cuts.filter((other) => other !== cut)
      this.tell("repair", detail)
      this.links().look()
    }
  }

  /** Takes back all cuts. */
  repair(): void {
    this.cuts = []
    this.tell("repair", "")
    this.links().look()
  }

  /** Holds back all that one host sends to another, until it is released as often as it was held. */
  hold(from: string, to: string): void {
    const key = `${from}>${to}`
    this.held.set(key, (this.held.get(key) ?? 0) + 1)
    this.tell("hold", key)
    this.links().look()
  }

  release(from: string, to: string): void {
    const key = `${from}>${to}`
    this.held.set(key, Math.max(0, (this.held.get(key) ?? 0) - 1))
    this.tell("release", key)
    this.links().look()
  }

  /** Holds back both ways for some milliseconds. */
  stall(one: string, other: string, millis: number): void {
    this.hold(one, other)
    this.hold(other, one)
    const { held } = this
    this.time.schedule(millis, () => {
      // A calm in between has ended it.
      if (held !== this.held) return
      this.release(one, other)
      this.release(other, one)
    })
  }

  /** Breaks all connections between two hosts. */
  reset(one: string, other: string): void {
    this.tell("reset", `${one} ${other}`)
    for (const { from, reset, to } of this.links().connections) {
      if ((from.host === one && to.host === other) || (from.host === other && to.host === one)) {
        reset()
      }
    }
  }

  /**
   * Leaves the connections between two hosts half open: what the first one sends never arrives any more, and
   * nobody is told.
   */
  halfOpen(from: string, to: string): void {
    this.tell("half-open", `${from} > ${to}`)
    for (const connection of this.links().connections) {
      const hosts = new Set([connection.from.host, connection.to.host])
      if (hosts.has(from) && hosts.has(to)) this.links().silence(connection, from)
    }
  }

  /**
   * Has new connections between two hosts be half open from the start, as behind a router that lets nothing
   * through but what opens them; false ends it.
   */
  swallow(from: string, to: string, isOn: boolean): void {
    const key = `${from}>${to}`
    if (isOn) this.swallowed.add(key)
    else this.swallowed.delete(key)
    this.tell("swallow", `${key} ${isOn ? "on" : "off"}`)
  }

  /** Flips a bit in each piece with some probability: between two hosts, or everywhere. 0 ends it. */
  flipBits(probability: number, from?: string, to?: string): void {
    const key = from === undefined || to === undefined ? "" : `${from}>${to}`
    if (probability === 0) this.flips.delete(key)
    else this.flips.set(key, probability)
    this.tell("flip-bits", `${key} ${probability}`)
  }

  /** Has a host read no faster than some bytes a second of each connection; undefined ends it. */
  slowReader(host: string, bytesPerSecond: number | undefined): void {
    if (bytesPerSecond === undefined) this.speeds.delete(host)
    else this.speeds.set(host, bytesPerSecond)
    this.tell("slow-reader", `${host} ${bytesPerSecond ?? "no more"}`)
  }

  // ---- A process's

  /** Has a whole process stand still; its connections stay, and its timers are late. */
  pause(host: string): void {
    this.machines.get(host)?.time.pause()
    this.tell("pause", host)
  }

  resume(host: string): void {
    this.tell("resume", host)
    this.machines.get(host)?.time.resume()
  }

  /** Sets a clock forward by some milliseconds, or back. */
  stepClock(host: string, millis: number): void {
    this.machines.get(host)?.time.step(millis)
    this.tell("step-clock", `${host} ${millis}`)
  }

  /** Has a clock run fast by some parts in a million, or slow. */
  driftClock(host: string, partsPerMillion: number): void {
    this.machines.get(host)?.time.drift(partsPerMillion)
    this.tell("drift-clock", `${host} ${partsPerMillion}`)
  }

  isPaused(host: string): boolean {
    return this.machines.get(host)?.time.isPaused ?? false
  }

  /** Milliseconds by which a host's clock is ahead; behind, if negative. */
  skewMillis(host: string): number {
    return this.machines.get(host)?.time.skewMillis ?? 0
  }

  // ---- A disk's

  /** Has some writes of a host fail. */
  failWrites(host: string, count: number): void {
    const disk = this.machines.get(host)?.disk
    if (disk !== undefined) disk.failing += count
    this.tell("fail-writes", `${host} ${count}`)
  }

  /** Has writes of a host take some milliseconds: a crash in between loses them, or tears them. */
  slowDisk(host: string, millis: number): void {
    const disk = this.machines.get(host)?.disk
    if (disk !== undefined) disk.writeMillis = millis
    this.tell("slow-disk", `${host} ${millis}`)
  }

  /** Ends all that lasts: cuts, holds, flips, slow readers, pauses, failing and slow disks; sets clocks right. */
  calm(): void {
    this.cuts = []
    this.held = new Map()
    this.flips.clear()
    this.speeds.clear()
    this.swallowed.clear()
    for (const { disk, time } of this.machines.values()) {
      disk.failing = 0
      disk.writeMillis = 0
      time.setRight()
      if (time.isPaused) time.resume()
    }
    this.tell("calm", "")
    this.links().look()
  }

  /** Enters a fault in the trace, and counts it. */
  tell(fault: string, detail: string): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
    const atMillis = this.time.nowMillis - EPOCH_MILLIS
    this.trace.record({ _tag: "FaultInjected", atMillis, fault, detail })
  }
}
