// A peer that is no node of ours: it says what a test wants it to say, and shows what it hears.

import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Body from "../../src/domain/Body.ts"
import type { Dialect } from "../../src/domain/Dialect.ts"
import * as Envelope from "../../src/domain/Envelope.ts"
import * as Frame from "../../src/domain/Frame.ts"
import { NodeId, subnetId } from "../../src/domain/Ids.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import * as WireMessage from "../../src/domain/messages/WireMessage.ts"
import { compressor } from "../../src/layers/PureCompressing.ts"
import { hasher } from "../../src/layers/PureHashing.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import type { Duplex } from "../../src/services/Transport.ts"
import { addressOf } from "./Network.ts"

export const SUBNET = subnetId(hasher, "mesh", "Plaintext")

const seconds = Effect.clockWith((clock) =>
  Effect.map(clock.currentTimeMillis, (millis) => Math.floor(millis / 1000))
)

/** One end of a connection, spoken by hand. */
export class RawPeer {
  readonly id: NodeId
  readonly dialect: Dialect
  readonly heard: Array<WireMessage.WireMessage> = []
  /** Set once the other end has closed. */
  isClosed = false
  private readonly duplex: Duplex

  constructor(duplex: Duplex, id: string, dialect: Dialect) {
    this.duplex = duplex
    this.id = NodeId.make(id)
    this.dialect = dialect
  }

  /** Reads until the other end closes. */
  readonly listen = Effect.gen({ self: this }, function* () {
    const parser = new Frame.Parser()
    while (true) {
      const pulled = yield* Effect.result(this.duplex.pull)
      if (Result.isFailure(pulled)) {
        this.isClosed = true
        return
      }
      for (const chunk of pulled.success) {
        parser.push(chunk)
        for (let body = parser.next(); body !== undefined; body = parser.next()) this.hear(body)
      }
    }
  })

  private hear(body: Uint8Array): void {
    const unwrapped = Body.unwrap(hasher, compressor, [], body, () => false)
    if (Body.isError(unwrapped)) return
    const message = Result.flatMap(Envelope.payload(unwrapped.envelope), (payload) =>
      WireMessage.decode(unwrapped.envelope.main, payload)
    )
    if (Result.isSuccess(message)) this.heard.push(message.success)
  }

  readonly say = Effect.fnUntraced({ self: this }, function* (message: WireMessage.WireMessage) {
    const payload = yield* Effect.fromResult(
      Result.flatMap(WireMessage.encode(message, this.dialect), MessagePack.encode)
    )
    yield* this.sayPacked(WireMessage.mainFlag(message._tag), payload)
  })

  /** Says bytes of any kind. */
  readonly sayBytes = (bytes: Uint8Array) => Effect.ignore(this.duplex.write(bytes))

  /** Says an array of MessagePack, well-formed or not. */
  readonly sayPacked = Effect.fnUntraced(
    { self: this },
    function* (main: number, payload: Uint8Array) {
      yield* this.sayAs(this.id, main, payload)
    }
  )

  /** Says an array of MessagePack in another's name. */
  readonly sayAs = Effect.fnUntraced(
    { self: this },
    function* (id: string, main: number, payload: Uint8Array) {
      const sender = Envelope.spell(id, this.dialect)
      yield* this.duplex.write(Envelope.frame(hasher, main, sender, yield* seconds, payload))
    }
  )

  /** The handshake of an old peer, in its dialect. */
  readonly handshake = (subnet = SUBNET, methods: ReadonlyArray<number> = []) =>
    this.say({ _tag: "Handshake", id: this.id, subnet, endpoint: null, methods })

  readonly hello = (version = 1) =>
    this.say({
      _tag: "Hello",
      software: "test",
      version,
      minVersion: version,
      abilities: ["goodbye", "heartbeat"]
    })

  /** Messages of a kind that it has heard. */
  hearsOf<Tag extends WireMessage.WireMessage["_tag"]>(tag: Tag) {
    return this.heard.filter(
      (message): message is Extract<WireMessage.WireMessage, { readonly _tag: Tag }> =>
        message._tag === tag
    )
  }
}

export interface RawPeerOptions {
  readonly dialect?: Dialect
  /** Whether it reads at all. */
  readonly reads?: boolean
}

/** A raw peer that dials a node. */
export const dialNode = Effect.fnUntraced(function* (
  host: string,
  node: string,
  options: RawPeerOptions = {}
) {
  const simulation = yield* Simulation
  const duplex = yield* simulation.transport(host).dial(addressOf(node))
  const peer = new RawPeer(duplex, `${host}Id`, options.dialect ?? "str")
  if (options.reads !== false) yield* Effect.forkScoped(peer.listen)
  return peer
})

/** Accepts the first connection at a host, as a raw peer. */
export const acceptNode = Effect.fnUntraced(function* (host: string, options: RawPeerOptions = {}) {
  const simulation = yield* Simulation
  const listener = yield* simulation.transport(host).listen(addressOf(host))
  return Effect.gen(function* () {
    const duplex = yield* listener.accept
    const peer = new RawPeer(duplex, `${host}Id`, options.dialect ?? "str")
    if (options.reads !== false) yield* Effect.forkScoped(peer.listen)
    return peer
  })
})
