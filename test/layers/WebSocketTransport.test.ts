import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { WebSocket, WebSocketServer } from "ws"
import { Address } from "../../src/domain/Address.ts"
import { WEBSOCKET_MESSAGE_MAX_BYTES } from "../../src/domain/Limits.ts"
import * as TlsTransport from "../../src/layers/TlsTransport.ts"
import * as WebSocketTransport from "../../src/layers/WebSocketTransport.ts"
import type { Duplex } from "../../src/services/Transport.ts"
import { authority } from "../suites/Certificates.ts"
import { meet } from "../suites/Meeting.ts"
import * as RawSocket from "../suites/RawSocket.ts"

const at = (scheme: string, port: number) => new Address({ scheme, host: "127.0.0.1", port })
const { transport } = WebSocketTransport
const listening = transport.listen(at("ws", 0))

/** Somebody else's WebSocket, and the end of it that we have accepted. */
const stranger = Effect.gen(function* () {
  const listener = yield* listening
  const webSocket = yield* Effect.acquireRelease(
    Effect.callback<WebSocket>((resume) => {
      const webSocket = new WebSocket(String(listener.address))
      webSocket.on("error", () => undefined)
      webSocket.on("open", () => resume(Effect.succeed(webSocket)))
    }),
    (webSocket) => Effect.sync(() => webSocket.terminate())
  )
  return { webSocket, duplex: yield* listener.accept }
})

const pullText = Effect.fnUntraced(function* (duplex: Duplex, length: number) {
  let text = ""
  while (text.length < length) {
    for (const chunk of yield* duplex.pull) text += Buffer.from(chunk).toString("latin1")
  }
  return text
})

const eventOf = (webSocket: WebSocket, name: "close" | "message" | "pong") =>
  Effect.callback<ReadonlyArray<unknown>>((resume) => {
    webSocket.once(name, (...args: ReadonlyArray<unknown>) => resume(Effect.succeed(args)))
  })

describe("what comes over a WebSocket", () => {
  it.live("is a stream: texts, fragments and empty messages are but bytes of it", () =>
    Effect.gen(function* () {
      const { duplex, webSocket } = yield* stranger
      webSocket.send("text,")
      webSocket.send("")
      webSocket.send(Uint8Array.from(Buffer.from("bytes,")))
      webSocket.send("frag", { fin: false })
      webSocket.send("ment", { fin: false })
      webSocket.send("ed.", { fin: true })
      expect(yield* pullText(duplex, 22)).toBe("text,bytes,fragmented.")
    })
  )

  it.live("goes out in binary messages", () =>
    Effect.gen(function* () {
      const { duplex, webSocket } = yield* stranger
      yield* Effect.forkChild(duplex.write(Uint8Array.of(1, 2)))
      const [data, isBinary] = yield* eventOf(webSocket, "message")
      expect(data).toEqual(Buffer.of(1, 2))
      expect(isBinary).toBe(true)
    })
  )

  it.live("a message beyond the limit ends the connection with a reason of its own", () =>
    Effect.gen(function* () {
      const { duplex, webSocket } = yield* stranger
      webSocket.send(new Uint8Array(WEBSOCKET_MESSAGE_MAX_BYTES))
      yield* pullText(duplex, WEBSOCKET_MESSAGE_MAX_BYTES)
      webSocket.send(new Uint8Array(WEBSOCKET_MESSAGE_MAX_BYTES + 1))
      const error = yield* Effect.flip(duplex.pull)
      expect(error.reason).toBe("TooLarge")
      expect(error.message).toContain(String(WEBSOCKET_MESSAGE_MAX_BYTES))
      expect(yield* eventOf(webSocket, "close")).toContain(1009)
    })
  )

  it.live("so do fragments that are beyond it together", () =>
    Effect.gen(function* () {
      const { duplex, webSocket } = yield* stranger
      const half = new Uint8Array(WEBSOCKET_MESSAGE_MAX_BYTES / 2 + 1)
      webSocket.send(half, { fin: false })
      webSocket.send(half, { fin: true })
      expect((yield* Effect.flip(duplex.pull)).reason).toBe("TooLarge")
    })
  )

  it.live("a ping is answered, and a goodbye is the end of the stream", () =>
    Effect.gen(function* () {
      const { duplex, webSocket } = yield* stranger
      webSocket.ping("are you there")
      expect(yield* eventOf(webSocket, "pong")).toEqual([Buffer.from("are you there")])
      webSocket.close(4321, "I am off")
      expect((yield* Effect.flip(duplex.pull)).reason).toBe("Closed")
    })
  )

  it.live("what breaks its rules ends the connection as broken", () =>
    Effect.gen(function* () {
      const listener = yield* listening
      const raw = yield* RawSocket.connect(listener.address)
      raw.write(
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
      )
      const duplex = yield* listener.accept
      // A frame without a mask, with a bit that means nothing, of a kind that there is not.
      raw.write(Uint8Array.of(0xfb, 0x01, 0x00))
      expect((yield* Effect.flip(duplex.pull)).reason).toBe("Read")
      expect(yield* raw.closed).toContain("101 Switching Protocols")
    })
  )
})

describe("a listener for WebSockets", () => {
  const refused: ReadonlyArray<readonly [string, string, string]> = [
    ["a request without an upgrade", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 426"],
    [
      "a post with a body",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab",
      "HTTP/1.1 426"
    ],
    [
      "an upgrade to something else",
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
      "HTTP/1.1 400"
    ],
    [
      "an upgrade without a key",
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "HTTP/1.1 400"
    ],
    ["what is no HTTP", "\u0000\u0000\u0000\u00efhello\r\n\r\n", "HTTP/1.1 400"],
    ["a header without end", `GET / HTTP/1.1\r\nA: ${"x".repeat(100_000)}`, "HTTP/1.1 431"]
  ]

  it.live.each(refused)("refuses %s, and serves the next", ([, request, answer]) =>
    Effect.gen(function* () {
      const listener = yield* listening
      const raw = yield* RawSocket.connect(listener.address)
      raw.write(request)
      expect(yield* raw.closed).toContain(answer)
      yield* meet(transport, listener)
    })
  )

  it.live("tells one who asks without an upgrade what it is", () =>
    Effect.gen(function* () {
      const listener = yield* listening
      const { host, port } = listener.address
      const response = yield* Effect.promise(() => fetch(`http://${host}:${port}/`))
      expect(response.status).toBe(426)
      expect(response.headers.get("upgrade")).toBe("websocket")
    })
  )
})

describe("a dial by WebSocket", () => {
  const failure = Effect.fnUntraced(function* (port: number) {
    const error = yield* Effect.flip(transport.dial(at("ws", port)))
    expect(error).toMatchObject({ _tag: "TransportError", reason: "Handshake" })
    return error.message
  })

  it.live("fails where somebody else's server refuses the upgrade", () =>
    Effect.gen(function* () {
      const server = new WebSocketServer({ port: 0, verifyClient: () => false })
      yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
      const bound = server.address()
      const port = typeof bound === "object" && bound !== null ? bound.port : 0
      expect(yield* failure(port)).toContain("401")
    })
  )

  it.live("fails where the other end speaks TLS", () =>
    Effect.gen(function* () {
      const tls = yield* TlsTransport.make()
      yield* failure((yield* tls.listen(at("tls", 0))).address.port)
    })
  )

  it.live("fails for a host that no URL can have", () =>
    Effect.gen(function* () {
      const listener = yield* listening
      const host = "127.0.0.1 "
      const address = new Address({ ...listener.address, host })
      expect((yield* Effect.flip(transport.dial(address)))._tag).toBe("TransportError")
    })
  )
})

describe("WebSocket over TLS", () => {
  const ours = authority("ours")
  const { certificateAuthority } = ours
  const options = { ...ours.issue("here", ["127.0.0.1"]), certificateAuthority, mutual: true }

  const listeningSecurely = (tls?: TlsTransport.TlsOptions) =>
    Effect.flatMap(WebSocketTransport.makeSecure(tls), ({ listen }) => listen(at("wss", 0)))

  it.live("keeps out whom its authority has not signed, at both ends", () =>
    Effect.gen(function* () {
      const trusting = yield* WebSocketTransport.makeSecure(options)
      const anybody = yield* WebSocketTransport.makeSecure()
      const open = yield* listeningSecurely()
      expect((yield* Effect.flip(trusting.dial(open.address))).reason).toBe("Handshake")
      const closed = yield* listeningSecurely(options)
      expect((yield* Effect.flip(anybody.dial(closed.address))).reason).toBe("Handshake")
      yield* meet(trusting, closed)
    })
  )
})
