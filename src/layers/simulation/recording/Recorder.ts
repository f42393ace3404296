/**
 * Records a run as it goes: messages between its nodes by what they mean, connections, lives, faults, and what
 * nodes held from time to time. It listens, and leaves the run as it is.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import type { Address } from "../../../domain/Address.ts"
import type { Compressor } from "../../../domain/Compression.ts"
import type { Hasher } from "../../../domain/Hasher.ts"
import type { MeshHarness } from "../MeshHarness.ts"
import type { Parts } from "../NodeChecks.ts"
import type { TraceEvent } from "../Trace.ts"
import { FaultSpans } from "./FaultSpans.ts"
import { Namer } from "./Naming.ts"
import { encode } from "./Encoding.ts"
import type {
  MadeBroadcast,
  Recorded,
  RecordedConnection,
  RecordedLife,
  RecordedMessage,
  RecordedNote,
  RecordedState
} from "./Recorded.ts"
import type { Recording } from "./Recording.ts"
import {
  BROADCASTS_MAX,
  CONNECTIONS_MAX,
  LIVES_MAX,
  LOOK_MILLIS,
  LOOK_MILLIS_PER_NODE,
  MESSAGES_MAX,
  NOTES_MAX,
  STATES_MAX,
  STRAGGLERS_MILLIS
} from "./RecordingLimits.ts"
import { Ring } from "./Ring.ts"
import { type Passed, Stream } from "./Stream.ts"

/** One direction of a connection that may be closed already. */
interface Way {
  readonly from: string
  readonly to: string
  readonly stream: Stream
  closedMillis: number | undefined
}

const SHORT_ID_CHARS = 6

const wayKey = (from: Address, to: Address) => `${from.host}:${from.port}>${to.host}:${to.port}`

export class Recorder implements Recorded {
  readonly messages: Ring<RecordedMessage>
  readonly connections = new Ring<RecordedConnection>(CONNECTIONS_MAX)
  readonly lives = new Ring<RecordedLife>(LIVES_MAX)
  readonly faults = new FaultSpans()
  readonly notes = new Ring<RecordedNote>(NOTES_MAX)
  readonly states = new Ring<RecordedState>(STATES_MAX)
  /** Nodes in the order in which they were first seen. */
  readonly nodes = new Set<string>()
  /** Those that are there now. */
  readonly openConnections = new Map<string, RecordedConnection>()
  readonly openLives = new Map<string, RecordedLife>()
  nowMillis = 0
  private readonly namer: Namer
  private readonly names = new Map<string, string>()
  private readonly ways = new Map<string, Way>()
  private readonly broadcasts = new Map<string, MadeBroadcast>()
  private readonly lastStates = new Map<string, RecordedState>()
  private harness: MeshHarness | undefined
  private lookAtMillis = 0

  constructor(hasher: Hasher, compressor: Compressor, maxMessages: number = MESSAGES_MAX) {
    this.messages = new Ring(maxMessages)
    this.namer = new Namer(hasher, compressor, BROADCASTS_MAX, (id) => {
      return this.nodeOf(id) ?? `${id.slice(0, SHORT_ID_CHARS)}…`
    })
  }

  /** To be told of all that is written to a connection. */
  readonly onSent = (atMillis: number, from: Address, to: Address, bytes: Uint8Array): void => {
    const key = wayKey(from, to)
    let way = this.ways.get(key)
    if (way === undefined) {
      way = {
        from: from.host,
        to: to.host,
        stream: new Stream(this.namer),
        closedMillis: undefined
      }
      this.ways.set(key, way)
    }
    way.stream.write(atMillis, bytes)
  }

  /** To be told of each event of the trace. */
  readonly onEvent = (event: TraceEvent): void => {
    const { atMillis } = event
    this.nowMillis = atMillis
    switch (event._tag) {
      case "Delivered": {
        const way = this.ways.get(wayKey(event.from, event.to))
        if (way === undefined) return
        for (const passed of way.stream.arrive(atMillis, event.bytes)) {
          this.enter(way, passed, atMillis, false)
        }
        return
      }
      case "Connected": {
        const { from, to } = event
        this.openConnections.set(wayKey(from, to), {
          from: from.host,
          to: to.host,
          startMillis: atMillis,
          endMillis: undefined
        })
        return
      }
      case "Disconnected":
        return this.disconnect(event.from, event.to, atMillis)
      case "Started": {
        this.nodes.add(event.node)
        this.openLives.set(event.node, {
          node: event.node,
          startMillis: atMillis,
          endMillis: undefined,
          how: "Up"
        })
        return
      }
      case "Stopped":
      case "Crashed": {
        const life = this.openLives.get(event.node)
        if (life === undefined) return
        this.openLives.delete(event.node)
        this.lives.push({ ...life, endMillis: atMillis, how: event._tag })
        return
      }
      case "FaultInjected":
        return this.faults.take(atMillis, event.fault, event.detail)
      case "Noted":
        this.notes.push({ atMillis, text: event.text })
    }
  }

  /** To be called after each step of time. */
  readonly onLook = (harness: MeshHarness): void => {
    this.harness = harness
    if (harness.elapsedMillis < this.lookAtMillis) return
    const { length } = harness.subjects
    this.lookAtMillis = harness.elapsedMillis + Math.max(LOOK_MILLIS, LOOK_MILLIS_PER_NODE * length)
    for (const { name, parts } of harness.subjects) {
      if (parts !== undefined) this.look(name, parts, harness)
    }
    for (const [key, way] of this.ways) {
      const { closedMillis } = way
      if (closedMillis === undefined) continue
      if (harness.elapsedMillis - closedMillis > STRAGGLERS_MILLIS)
        this.lose(key, way, closedMillis)
    }
  }

  /** All that was recorded, once the run has ended. */
  finish(): Recording {
    for (const [key, way] of this.ways) this.lose(key, way, way.closedMillis ?? this.nowMillis)
    return encode(this)
  }

  private nodeOf(id: string): string | undefined {
    return this.harness?.nameOf(id) ?? this.names.get(id)
  }

  private enter({ from, to }: Way, passed: Passed, atMillis: number, isLost: boolean): void {
    const { bytes, digest, kind, sender, sentMillis, text } = passed
    // Whoever says who it is says so of itself.
    if (kind === "handshake" && sender !== undefined) this.names.set(sender, from)
    let broadcast = digest === undefined ? undefined : this.broadcasts.get(digest)
    if (digest !== undefined && broadcast === undefined) {
      const origin = sender === undefined ? undefined : this.nodeOf(sender)
      broadcast = { origin, kind, text, sentMillis }
      if (this.broadcasts.size >= BROADCASTS_MAX) {
        const [oldest] = this.broadcasts.keys()
        if (oldest !== undefined) this.broadcasts.delete(oldest)
      }
      this.broadcasts.set(digest, broadcast)
    }
    this.messages.push({ from, to, kind, text, bytes, sentMillis, atMillis, isLost, broadcast })
  }

  private disconnect(from: Address, to: Address, atMillis: number): void {
    const key = wayKey(from, to)
    const connection = this.openConnections.get(key)
    if (connection !== undefined) {
      this.openConnections.delete(key)
      this.connections.push({ ...connection, endMillis: atMillis })
    }
    for (const side of [key, wayKey(to, from)]) {
      const way = this.ways.get(side)
      if (way === undefined) continue
      if (way.stream.underWay === 0) this.ways.delete(side)
      else way.closedMillis = atMillis
    }
  }

  private lose(key: string, way: Way, atMillis: number): void {
    this.ways.delete(key)
    for (const passed of way.stream.lose()) {
      this.enter(way, passed, Math.max(atMillis, passed.sentMillis), true)
    }
  }

  private look(node: string, parts: Parts, harness: MeshHarness): void {
    const { cache, connections, mesh, peers } = parts
    let outbox = 0
    let pending = 0
    for (const { isEnded, outbox: box, peer } of connections.live()) {
      outbox += box.bytes
      if (!isEnded && peer === undefined) pending++
    }
    const open = connections.open()
    const counters = Effect.runSync(mesh.counters)
    const values = [
      open.length,
      pending,
      outbox,
      cache.size(),
      HashMap.size(peers.book().entries),
      counters.messagesIn,
      counters.broadcastsOut,
      counters.relayed,
      counters.duplicates,
      [...connections.refusals.values()].reduce((sum, count) => sum + count, 0),
      Math.round(harness.skewMillis(node))
    ]
    const known = open.map(({ info }) => this.nodeOf(info.id) ?? info.id.slice(0, SHORT_ID_CHARS))
    const peersText = known.join(" ")
    const last = this.lastStates.get(node)
    const isSame = last?.peers === peersText && last.values.every((v, i) => v === values[i])
    if (isSame) return
    const state = { node, atMillis: harness.elapsedMillis, peers: peersText, values }
    this.lastStates.set(node, state)
    this.states.push(state)
  }
}
