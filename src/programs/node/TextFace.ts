/**
 * The face for people: what they type is broadcast, messages and peers are shown.
 *
 * @since 0.1.0
 */
import { styleText } from "node:util"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Address from "../../domain/Address.ts"
import type { PeerEvent, PeerInfo } from "../../domain/PeerEvent.ts"
import { type Message, Mesh, type Payload } from "../../services/Mesh.ts"
import { Output } from "../cli/Output.ts"
import { printable, shortId } from "../cli/Printable.ts"
import type { Face, Failure } from "./Face.ts"
import * as JsonValue from "./JsonValue.ts"

/** A lone text as it is, anything else as JSON. */
const showPayload = (payload: Payload): string => {
  const [first] = payload
  if (payload.length === 1 && typeof first === "string") return printable(first)
  return Result.match(JsonValue.encode(payload), {
    onFailure: ({ message }) => message,
    onSuccess: (json) => printable(JSON.stringify(json))
  })
}

const showMessage = ({ flag, payload, sender }: Message): string => {
  const name = styleText("cyan", shortId(sender))
  return `${name}${flag === "whisper" ? " (to you)" : ""}: ${showPayload(payload)}`
}

const showPeer = ({ address, id, kind, role, subnet }: PeerInfo): string => {
  const what = kind === "Old" ? ", speaks 0.7" : ""
  const way = role === "Dialled" ? "at" : "from"
  return printable(`${shortId(id)} ${way} ${Address.format(address)} (subnet ${subnet}${what})`)
}

const showError = ({ message }: Failure): string => styleText("red", printable(`error: ${message}`))

const show = (sign: "+" | "-" | "?", text: string): ReadonlyArray<string> => {
  const style = ({ "+": "green", "-": "yellow", "?": "dim" } as const)[sign]
  return [styleText(style, `${sign} ${printable(text)}`)]
}

/** Shows what has changed: of redials that fail one after the other, the first. */
const peerEvents = () => {
  const unreachable = new Set<string>()
  return (event: PeerEvent): ReadonlyArray<string> => {
    switch (event._tag) {
      case "PeerConnected":
        unreachable.delete(Address.format(event.peer.address))
        return show("+", showPeer(event.peer))
      case "PeerDisconnected": {
        const { by, detail, reason } = event.error
        const who = by === "Us" ? "we left" : "it left"
        return show("-", `${shortId(event.peer.id)}: ${who}: ${reason}, ${detail}`)
      }
      case "ConnectionRefused": {
        const { detail, reason } = event.error
        // Two nodes that dial each other at once: one of the connections stays.
        if (reason === "DuplicateConnection") return []
        return show("?", `${event.address}: no handshake: ${reason}, ${detail}`)
      }
      case "DialFailed": {
        const address = Address.format(event.address)
        if (unreachable.has(address)) return []
        unreachable.add(address)
        return show("?", `${event.detail}; trying again`)
      }
    }
  }
}

/** A terminal's end of input is a person's wish to leave; another's is that nobody types. */
export const make = (isTerminal: boolean): Effect.Effect<Face, never, Mesh | Output> =>
  Effect.gen(function* () {
    const mesh = yield* Mesh
    const output = yield* Output
    const where =
      mesh.listening.length === 0
        ? "listens nowhere"
        : `listens on ${mesh.listening.map(Address.format).join(", ")}`
    return {
      greeting: [
        `${styleText("bold", shortId(mesh.id))} ${where}`,
        ...(isTerminal ? ["A line that you type is broadcast; Ctrl-C leaves."] : [])
      ],
      showMessages: (messages) => messages.map(showMessage),
      showPeerEvent: peerEvents(),
      showError: (error) => [showError(error)],
      hear: (line) => {
        if (Result.isFailure(line)) return Effect.as(output.write([showError(line.failure)]), true)
        if (line.success.trim() === "") return Effect.succeed(true)
        return Effect.matchEffect(mesh.broadcast([line.success]), {
          onFailure: (error) => Effect.as(output.write([showError(error)]), true),
          onSuccess: () => Effect.succeed(true)
        })
      },
      settled: Effect.void,
      stopsAtEnd: isTerminal
    }
  })
