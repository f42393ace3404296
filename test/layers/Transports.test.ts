import { Address } from "../../src/domain/Address.ts"
import * as Effect from "effect/Effect"
import * as MemoryTransport from "../../src/layers/MemoryTransport.ts"
import * as TcpTransport from "../../src/layers/TcpTransport.ts"
import { transportSuite } from "../suites/Transport.ts"

const at = (scheme: string, port: number) => new Address({ scheme, host: "127.0.0.1", port })

transportSuite("TCP", {
  transport: Effect.succeed(TcpTransport.transport),
  any: at("tcp", 0),
  // Reserved (IANA, tcpmux): a dial is refused, not answered by some program.
  nobody: at("tcp", 1)
})

transportSuite("memory", {
  transport: Effect.map(MemoryTransport.live, (network) => network.transport("127.0.0.1")),
  any: at("memory", 0),
  nobody: at("memory", 1)
})
