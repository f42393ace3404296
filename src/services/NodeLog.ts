/**
 * What a node logs, all of it: what befalls its connections and its actors, through Effect's logger, each
 * line annotated with the node's id.
 *
 * A node that is well says nothing at the default level: who comes and goes is `Debug`, an actor that
 * failed or a journal that keeps nothing is `Warn`, an actor that was given up is `Error`. What is below
 * the minimum level when the node starts is not even listened to. Each kind of line has a budget
 * (`LOG_LINES_MAX`), for peers can bring most of them about at will.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Record from "effect/Record"
import * as Stream from "effect/Stream"
import * as Address from "../domain/Address.ts"
import { LOG_TEXT_MAX_CHARS } from "../domain/Limits.ts"
import { LogBudget } from "../domain/LogBudget.ts"
import type { PeerEvent } from "../domain/PeerEvent.ts"
import { Connections } from "./Connections.ts"
import { Identity } from "./Identity.ts"
import { Supervisor, type SupervisorEvent } from "./Supervisor.ts"

interface Line {
  readonly level: LogLevel.Severity
  readonly message: string
  readonly annotations: Readonly<Record<string, unknown>>
}

/** What could forge a line or move a cursor: controls, marks of direction, separators of lines. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A value in which a peer may have had its say, fit for one line. */
const printable = (value: unknown): unknown =>
  typeof value === "string"
    ? value.slice(0, LOG_TEXT_MAX_CHARS).replaceAll(UNSAFE, "\uFFFD")
    : value

const ofPeerEvent = (event: PeerEvent): Line => {
  const level = "Debug"
  switch (event._tag) {
    case "PeerConnected": {
      const { address, id: peer, kind, role, subnet } = event.peer
      const annotations = { peer, address: Address.format(address), subnet, role, kind }
      return { level, message: "peer connected", annotations }
    }
    case "PeerDisconnected": {
      const { address, id: peer, subnet } = event.peer
      const { by, detail, reason } = event.error
      const ended = { reason, by, detail }
      const annotations = { peer, address: Address.format(address), subnet, ...ended }
      return { level, message: "peer disconnected", annotations }
    }
    case "ConnectionRefused": {
      const { by, detail, reason } = event.error
      const ended = { reason, by, detail }
      const annotations = { address: Address.format(event.address), role: event.role, ...ended }
      return { level, message: "connection refused", annotations }
    }
    case "DialFailed": {
      const annotations = { address: Address.format(event.address), detail: event.detail }
      return { level, message: "dial failed", annotations }
    }
  }
}

const ofSupervisorEvent = (event: SupervisorEvent): Line | undefined => {
  switch (event._tag) {
    case "ActorStarted":
    case "ActorStopped":
      return undefined
    case "ActorFailed": {
      const { actor, delayMillis, failure } = event
      const annotations = { actor, failure, delayMillis }
      return { level: "Warn", message: "actor failed", annotations }
    }
    case "ActorRestarted": {
      const { actor, restarts } = event
      return { level: "Warn", message: "actor restarted", annotations: { actor, restarts } }
    }
    case "ActorEscalated": {
      const { actor, error } = event
      const annotations = { actor, failure: error.message }
      return { level: "Error", message: "actor given up", annotations }
    }
    case "JournalFailed": {
      const { actor, failure } = event
      const annotations = { actor, failure }
      return { level: "Warn", message: "journal not written", annotations }
    }
  }
}

const write = (node: string, { annotations, level, message }: Line): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logWithLevel(level)(message), {
    node,
    ...Record.map(annotations, printable)
  })

/** Says that a node begins to stop. */
export const stopping = (node: string): Effect.Effect<void> =>
  write(node, { level: "Debug", message: "stopping", annotations: {} })

/** Logs for as long as the node lives. */
export const layer: Layer.Layer<never, never, Connections | Identity | Supervisor> =
  Layer.effectDiscard(
    Effect.gen(function* () {
      const connections = yield* Connections
      const supervisor = yield* Supervisor
      const clock = yield* Clock.Clock
      const { id, listening } = yield* Identity
      const budget = new LogBudget()

      const follow = <Event extends { readonly _tag: string }>(
        events: Stream.Stream<Event>,
        toLine: (event: Event) => Line | undefined
      ) =>
        Stream.runForEach(events, (event) => {
          const line = toLine(event)
          if (line === undefined) return Effect.void
          const withheld = budget.take(event._tag, clock.currentTimeMillisUnsafe())
          if (withheld === undefined) return Effect.void
          const annotations = withheld === 0 ? line.annotations : { ...line.annotations, withheld }
          return write(id, { ...line, annotations })
        }).pipe(Effect.forkScoped({ startImmediately: true }))

      const isDebug = yield* LogLevel.isEnabled("Debug")
      if (isDebug) {
        for (const address of listening) {
          const annotations = { address: Address.format(address) }
          yield* write(id, { level: "Debug", message: "listening", annotations })
        }
        yield* follow(connections.events, ofPeerEvent)
      }
      if (yield* LogLevel.isEnabled("Error")) yield* follow(supervisor.events, ofSupervisorEvent)
      // What happened last is told before those who listen go.
      yield* Effect.addFinalizer(() => Effect.yieldNow)
    })
  )
