/**
 * Heartbeats, among our own kind: a peer from which nothing comes, not even an answer to them, is gone.
 * Old peers answer none, and are never asked: their silence costs them nothing.
 *
 * @since 0.1.0
 */
import { Control, Main } from "../domain/Flags.ts"
import {
  FRAME_TIMEOUT_MILLIS,
  HEARTBEAT_INTERVAL_MILLIS,
  HEARTBEAT_MISSED_MAX,
  OUTBOX_STALL_MILLIS
} from "../domain/Limits.ts"
import { withMessage } from "./Decoding.ts"
import type { PeerConnection } from "./PeerConnection.ts"
import type { Relay } from "./Relay.ts"

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

/** One round over all connections: ask the silent; end the dead, the stalled and those that trickle. */
export const beat = (connections: Iterable<PeerConnection>, nowMillis: number): void => {
  for (const connection of connections) {
    const { peer } = connection
    // The handshake has a time limit of its own.
    if (peer === undefined || connection.isEnded) continue
    if (isStalled(connection, nowMillis)) {
      const detail = `no byte of ${connection.outbox.bytes} taken in ${OUTBOX_STALL_MILLIS} ms`
      connection.end("SlowPeer", "Us", detail)
      continue
    }
    if (connection.isTrickling(nowMillis)) {
      const detail = `a frame has not ended in ${FRAME_TIMEOUT_MILLIS} ms`
      connection.end("SlowFrame", "Us", detail)
      continue
    }
    if (!peer.abilities.includes("heartbeat")) continue
    const silentMillis = nowMillis - connection.lastHeardMillis
    // Whom we don't read from just now may have said anything.
    if (silentMillis < HEARTBEAT_INTERVAL_MILLIS || connection.isResting) {
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
  relay.handle(Main.whisper, Control.heartbeatAck, ({ envelope, from }) => {
    from.mayAsk(envelope)
  })
  relay.handle(Main.whisper, Control.goodbye, (incoming) =>
    withMessage(incoming, (message) => {
      if (message._tag !== "Goodbye") return
      incoming.from.farewell(message.reason, message.detail)
    })
  )
}
