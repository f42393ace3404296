/**
 * Heartbeats, among our own kind: a peer from which nothing comes, not even an answer to them, is gone.
 * Old peers answer none, and are never asked: their silence costs them nothing.
 *
 * @since 0.1.0
 */
import * as Envelope from "../domain/Envelope.ts"
import { Control, Main } from "../domain/Flags.ts"
import {
  HEARTBEAT_INTERVAL_MILLIS,
  HEARTBEAT_MISSED_MAX,
  OUTBOX_STALL_MILLIS
} from "../domain/Limits.ts"
import * as Result from "effect/Result"
import * as WireMessage from "../domain/messages/WireMessage.ts"
import type { Open } from "./Connections.ts"
import type { PeerConnection } from "./PeerConnection.ts"
import type { Incoming, Relay } from "./Relay.ts"

/** Decodes a control or peer message; a malformed one is counted against its sender. */
export const withMessage = (
  { envelope, from }: Incoming,
  use: (message: WireMessage.WireMessage) => void
): void => {
  const message = Result.flatMap(Envelope.payload(envelope), (payload) =>
    WireMessage.decode(envelope.main, payload)
  )
  if (Result.isFailure(message)) from.refuse(message.failure)
  else use(message.success)
}

/** Whether a peer has taken nothing for too long, with much waiting for it. */
const isStalled = (connection: PeerConnection, nowMillis: number): boolean => {
  const { isAboveHighWater, writes } = connection.outbox
  if (!isAboveHighWater) connection.stalled = undefined
  else if (connection.stalled?.writes !== writes)
    connection.stalled = { writes, sinceMillis: nowMillis }
  return (
    connection.stalled !== undefined &&
    nowMillis - connection.stalled.sinceMillis >= OUTBOX_STALL_MILLIS
  )
}

/** One round over all open connections: ask the silent, end the dead and the stalled. */
export const beat = (open: ReadonlyArray<Open>, nowMillis: number): void => {
  for (const { connection, peer } of open) {
    if (isStalled(connection, nowMillis)) {
      const detail = `no byte of ${connection.outbox.bytes} taken in ${OUTBOX_STALL_MILLIS} ms`
      connection.end("SlowPeer", "Us", detail)
      continue
    }
    if (!peer.abilities.includes("heartbeat")) continue
    const silentMillis = nowMillis - connection.lastHeardMillis
    if (silentMillis < HEARTBEAT_INTERVAL_MILLIS) {
      connection.heartbeatsMissed = 0
      continue
    }
    if (connection.heartbeatsMissed >= HEARTBEAT_MISSED_MAX) {
      const detail = `${HEARTBEAT_MISSED_MAX} heartbeats unanswered in ${silentMillis} ms`
      connection.end("Unresponsive", "Us", detail)
      continue
    }
    connection.heartbeatsMissed++
    connection.send({ _tag: "Heartbeat", sequence: connection.heartbeatsMissed })
  }
}

/** Registers the control messages of open connections. */
export const register = (relay: Relay["Service"]): void => {
  relay.handle(Main.whisper, Control.heartbeat, (incoming) =>
    withMessage(incoming, (message) => {
      if (message._tag !== "Heartbeat") return
      incoming.from.send({ _tag: "HeartbeatAck", sequence: message.sequence })
    })
  )
  // Being heard at all is the answer; there is nothing more to do.
  relay.handle(Main.whisper, Control.heartbeatAck, () => undefined)
  relay.handle(Main.whisper, Control.goodbye, (incoming) =>
    withMessage(incoming, (message) => {
      if (message._tag !== "Goodbye") return
      incoming.from.farewell(message.reason, message.detail)
    })
  )
}
