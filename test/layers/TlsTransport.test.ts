import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Address } from "../../src/domain/Address.ts"
import * as TlsTransport from "../../src/layers/TlsTransport.ts"
import type { Listener } from "../../src/services/Transport.ts"
import { authority } from "../suites/Certificates.ts"
import { meet } from "../suites/Meeting.ts"
import * as RawSocket from "../suites/RawSocket.ts"

const at = (host: string, port: number) => new Address({ scheme: "tls", host, port })
const anywhere = at("127.0.0.1", 0)

const ours = authority("ours")
const theirs = authority("theirs")
const { certificateAuthority } = ours
const here = ours.issue("here", ["127.0.0.1"])
const elsewhere = ours.issue("elsewhere", ["192.0.2.1", "elsewhere.example"])

const listening = Effect.fnUntraced(function* (options?: TlsTransport.TlsOptions) {
  const transport = yield* TlsTransport.make(options)
  return yield* transport.listen(anywhere)
})

const refusal = Effect.fnUntraced(function* (
  options: TlsTransport.TlsOptions,
  listener: Listener,
  address = listener.address
) {
  const transport = yield* TlsTransport.make(options)
  const error = yield* Effect.flip(transport.dial(address))
  expect(error).toMatchObject({ _tag: "TransportError", reason: "Handshake", address })
  return error.detail
})

describe("TLS without options", () => {
  it.live("encrypts, and takes any certificate", () =>
    Effect.gen(function* () {
      const transport = yield* TlsTransport.make()
      yield* meet(transport, yield* listening())
      yield* meet(transport, yield* listening(elsewhere))
    })
  )
})

describe("an authority", () => {
  it.live("lets through who shows a certificate of its, for the host that was dialled", () =>
    Effect.gen(function* () {
      const transport = yield* TlsTransport.make({ certificateAuthority })
      yield* meet(transport, yield* listening(here))
    })
  )

  it.live("keeps out who vouches for himself, and who has another authority", () =>
    Effect.gen(function* () {
      const self = yield* refusal({ certificateAuthority }, yield* listening())
      expect(self).toContain("self-signed")
      const other = theirs.issue("here", ["127.0.0.1"])
      yield* refusal({ certificateAuthority }, yield* listening(other))
    })
  )

  it.live("keeps out a certificate for another host, unless told not to look at it", () =>
    Effect.gen(function* () {
      const listener = yield* listening(elsewhere)
      const detail = yield* refusal({ certificateAuthority }, listener)
      expect(detail).toContain("127.0.0.1")
      const named = at("localhost", listener.address.port)
      expect(yield* refusal({ certificateAuthority }, listener, named)).toContain("localhost")
      const any = yield* TlsTransport.make({ certificateAuthority, verifyHost: false })
      yield* meet(any, listener)
    })
  )

  it.live("may be several: each one's certificates are good", () =>
    Effect.gen(function* () {
      const both = certificateAuthority + theirs.certificateAuthority
      const transport = yield* TlsTransport.make({ certificateAuthority: both })
      yield* meet(transport, yield* listening(here))
      yield* meet(transport, yield* listening(theirs.issue("here", ["127.0.0.1"])))
    })
  )
})

describe("mutual authentication", () => {
  const options = { ...here, certificateAuthority, mutual: true }
  const outsiders: ReadonlyArray<readonly [string, TlsTransport.TlsOptions]> = [
    ["who shows no certificate", {}],
    ["who trusts the authority, and shows no certificate", { certificateAuthority }],
    ["who shows one of another authority", theirs.issue("there", ["127.0.0.1"])]
  ]

  it.live.each(outsiders)("keeps out %s", ([, outsider]) =>
    Effect.gen(function* () {
      const listener = yield* listening(options)
      const transport = yield* TlsTransport.make(outsider)
      // Since TLS 1.3 the one who dials learns of it only after its own handshake is done.
      const dialled = Effect.flatMap(transport.dial(listener.address), ({ pull }) => pull)
      const error = yield* Effect.flip(Effect.scoped(dialled))
      expect(error._tag).toBe("TransportError")
      // The first connection that is accepted is one that may be.
      yield* meet(yield* TlsTransport.make({ ...options, ...elsewhere }), listener)
    })
  )
})

describe("options that make no sense", () => {
  const { certificate, key } = here
  const broken = certificate.replace(/\n.{8}/, "\nAAAAAAAA")
  const wrong: ReadonlyArray<
    readonly [TlsTransport.TlsOptionsError["option"], string, TlsTransport.TlsOptions]
  > = [
    ["certificate", "no PEM", { certificate: "certificate", key }],
    ["certificate", "broken PEM", { certificate: broken, key }],
    ["certificate", "a certificate without a key", { certificate }],
    ["key", "a key without a certificate", { key }],
    ["key", "a certificate for a key", { certificate, key: certificate }],
    ["key", "no PEM", { certificate, key: "key" }],
    ["key", "another's key", { certificate, key: elsewhere.key }],
    ["certificateAuthority", "no PEM", { certificateAuthority: "" }],
    ["certificateAuthority", "broken PEM", { certificateAuthority: broken }],
    ["certificateAuthority", "one of two broken", { certificateAuthority: certificate + broken }],
    ["mutual", "nobody who signs", { certificate, key, mutual: true }]
  ]

  it.effect.each(wrong)("%s: %s", ([option, , options]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(TlsTransport.make(options))
      expect(error).toMatchObject({ _tag: "TlsOptionsError", option })
      expect(error.message).toContain(option)
      expect(error.message).not.toContain("PRIVATE")
    })
  )
})

describe("a listener for TLS", () => {
  const good = Effect.fnUntraced(function* (listener: Listener) {
    yield* meet(yield* TlsTransport.make(), listener)
  })

  it.live("closes on who speaks something else, and serves the next", () =>
    Effect.gen(function* () {
      const listener = yield* listening()
      for (const text of [
        "GET / HTTP/1.1\r\n\r\n",
        "\u0016\u0003\u0001\u0000\u0005garbage",
        "\n"
      ]) {
        const raw = yield* RawSocket.connect(listener.address)
        raw.write(`${text}${"x".repeat(1_000)}`)
        yield* raw.closed
      }
      yield* good(listener)
    })
  )
})
