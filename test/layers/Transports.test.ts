import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Address } from "../../src/domain/Address.ts"
import * as MemoryTransport from "../../src/layers/MemoryTransport.ts"
import * as TcpTransport from "../../src/layers/TcpTransport.ts"
import * as TlsTransport from "../../src/layers/TlsTransport.ts"
import * as WebSocketTransport from "../../src/layers/WebSocketTransport.ts"
import * as TransportContract from "../../src/services/contracts/TransportContract.ts"
import type { Transport } from "../../src/services/Transport.ts"
import { authority } from "../suites/Certificates.ts"

const at = (scheme: string, port: number) => new Address({ scheme, host: "127.0.0.1", port })

const suite = (name: string, scheme: string, transport: Effect.Effect<Transport>) => {
  describe(`${name}: the contract of a transport`, () => {
    for (const { name, run } of TransportContract.cases) {
      // Port 1 is reserved (IANA, tcpmux): a dial is refused, not answered by some program.
      it.live(name, () => run({ transport, any: at(scheme, 0), nobody: at(scheme, 1) }))
    }
  })
}

const { certificateAuthority, issue } = authority("an authority")
const trusting = { ...issue("a node", ["127.0.0.1"]), certificateAuthority }

suite(
  "memory",
  "memory",
  Effect.map(MemoryTransport.live, (network) => network.transport("127.0.0.1"))
)
suite("TCP", "tcp", Effect.succeed(TcpTransport.transport))
suite("TLS", "tls", Effect.orDie(TlsTransport.make()))
suite("TLS with an authority", "tls", Effect.orDie(TlsTransport.make(trusting)))
suite("TLS, mutual", "tls", Effect.orDie(TlsTransport.make({ ...trusting, mutual: true })))
suite("WebSocket", "ws", Effect.succeed(WebSocketTransport.transport))
suite("WebSocket over TLS", "wss", Effect.orDie(WebSocketTransport.makeSecure()))
