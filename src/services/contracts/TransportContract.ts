/**
 * The contract of a transport, as cases that any test runner can run: what every adapter of `Transport` must
 * pass. With @effect/vitest:
 *
 * ```text
 * for (const { name, run } of TransportContract.cases) {
 *   it.live(name, () => run({ transport: Effect.succeed(mine), any, nobody }))
 * }
 * ```
 *
 * Each case is an effect that fails with `ContractError`, which says what was expected and what was seen. It
 * needs a scope, the live clock, and a time limit of the runner's: a transport that breaks its promise may
 * well keep one waiting.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type { Address } from "../../domain/Address.ts"
import * as Bytes from "../../domain/Bytes.ts"
import type { Duplex, Transport, TransportError } from "../Transport.ts"

/** A promise that a transport has not kept. */
export class ContractError extends Schema.TaggedError<ContractError>()("ContractError", {
  expected: Schema.String,
  seen: Schema.String
}) {
  override get message() {
    return `expected ${this.expected}, saw ${this.seen}`
  }
}

/** The transport under test, and where to try it. */
export interface Subject {
  /** Made anew for each case. */
  readonly transport: Effect.Effect<Transport, never, Scope.Scope>
  /** An address to listen on, with a port of 0. */
  readonly any: Address
  /** One that nobody listens on. */
  readonly nobody: Address
}

export interface Case {
  /** What the transport promises. */
  readonly name: string
  readonly run: (
    subject: Subject
  ) => Effect.Effect<void, ContractError | TransportError, Scope.Scope>
}

const KIB = 1024
const MIB = 1024 * KIB

/** Turns of the event loop without progress after which a writer is taken to be held back. */
const STUCK_TURNS = 300

const check = (holds: boolean, expected: string, seen: unknown) =>
  holds ? Effect.void : Effect.fail(new ContractError({ expected, seen: String(seen) }))

const equal = <A>(what: string, seen: A, expected: A) =>
  check(seen === expected, `${what} ${String(expected)}`, seen)

const sameBytes = (what: string, seen: Uint8Array, expected: Uint8Array) =>
  check(
    Bytes.equals(seen, expected),
    `${what}: the ${expected.length} bytes that were sent`,
    `${seen.length} bytes, not all of them the same`
  )

/** What an effect fails with. */
const failureOf = <A, R>(what: string, effect: Effect.Effect<A, TransportError, R>) =>
  Effect.matchEffect(effect, {
    onFailure: Effect.succeed,
    onSuccess: () =>
      check(false, `${what} to fail`, "that it did not").pipe(Effect.andThen(Effect.never))
  })

const failsWith = Effect.fnUntraced(function* <A, R>(
  what: string,
  effect: Effect.Effect<A, TransportError, R>,
  reason: TransportError["reason"]
) {
  const error = yield* failureOf(what, effect)
  yield* equal(`${what} to fail with reason`, error.reason, reason)
  return error
})

/** Pulls until so many bytes are there. */
const pullBytes = Effect.fnUntraced(function* (duplex: Duplex, length: number) {
  const parts: Array<Uint8Array> = []
  let pulled = 0
  while (pulled < length) {
    for (const part of yield* duplex.pull) {
      parts.push(part.slice())
      pulled += part.length
    }
  }
  return Bytes.concat(parts)
})

/** Pulls until the stream ends; fails unless its end is a plain one. */
const pullToEnd = Effect.fnUntraced(function* (duplex: Duplex) {
  const parts: Array<Uint8Array> = []
  const end = yield* failureOf(
    "a pull at the end",
    Effect.forever(
      Effect.map(duplex.pull, (pulled) => {
        for (const part of pulled) parts.push(part.slice())
      })
    )
  )
  yield* equal("the stream to end with reason", end.reason, "Closed")
  return Bytes.concat(parts)
})

const numbered = (length: number, seed = 0) => {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >> 8) + seed
  return bytes
}

/** One connection, each end in a scope of its own. */
const connect = Effect.fnUntraced(function* ({ any, transport: make }: Subject) {
  const transport = yield* make
  const listenerScope = yield* Scope.fork(yield* Effect.scope)
  const listener = yield* Scope.provide(transport.listen(any), listenerScope)
  const ourScope = yield* Scope.fork(yield* Effect.scope)
  const theirScope = yield* Scope.fork(yield* Effect.scope)
  const [ours, theirs] = yield* Effect.all(
    [
      Scope.provide(transport.dial(listener.address), ourScope),
      Scope.provide(listener.accept, theirScope)
    ],
    { concurrency: "unbounded" }
  )
  const closeListener = Scope.close(listenerScope, Exit.void)
  const us = { duplex: ours, close: Scope.close(ourScope, Exit.void) }
  const them = { duplex: theirs, close: Scope.close(theirScope, Exit.void) }
  const bothWays = [
    { from: us, to: them },
    { from: them, to: us }
  ] as const
  return { transport, listener, closeListener, us, them, bothWays }
})

/**
 * Writes 32 MiB that nobody reads, which is more than the buffers of sockets hold by default; gives the writer
 * once it gets no further.
 */
const holdBack = Effect.fnUntraced(function* (duplex: Duplex) {
  const chunk = numbered(MIB)
  const total = 32
  let written = 0
  const step = Effect.map(duplex.write(chunk), () => {
    written++
  })
  const writer = yield* Effect.forkChild(Effect.repeat(step, { times: total - 1 }))
  let before = -1
  for (let turns = 0; turns < STUCK_TURNS; turns++) {
    if (written !== before) turns = 0
    before = written
    yield* Effect.yieldNow
  }
  yield* check(written < total, "a writer to be held back", `${total} MiB written, and none read`)
  return { writer, chunk, total }
})

/** A connection still works both ways. */
const works = Effect.fnUntraced(function* (one: Duplex, other: Duplex) {
  for (const [from, to] of [
    [one, other],
    [other, one]
  ] as const) {
    yield* from.write(numbered(100))
    yield* sameBytes("a living connection", yield* pullBytes(to, 100), numbered(100))
  }
})

/** What every transport promises. */
export const cases: ReadonlyArray<Case> = [
  {
    name: "binds a port of its own choice, and says which",
    run: Effect.fnUntraced(function* (subject) {
      const transport = yield* subject.transport
      const { address } = yield* transport.listen(subject.any)
      yield* check(address.port > 0, "a real port", address.port)
      yield* equal("the scheme", address.scheme, transport.scheme)
      yield* equal("the host", address.host, subject.any.host)
    })
  },
  {
    name: "says who is at the other end, and how it was reached",
    run: Effect.fnUntraced(function* (subject) {
      const { listener, them, transport, us } = yield* connect(subject)
      yield* equal("the dialled end", String(us.duplex.remote), String(listener.address))
      yield* equal("the scheme", them.duplex.remote.scheme, transport.scheme)
      yield* equal("the host that dialled", them.duplex.remote.host, us.duplex.localHost)
      yield* equal("the host that was dialled", them.duplex.localHost, subject.any.host)
    })
  },
  {
    name: "carries bytes both ways, in order, whatever the chunks",
    run: Effect.fnUntraced(function* (subject) {
      const { bothWays } = yield* connect(subject)
      for (const { from, to } of bothWays) {
        const sent = numbered(300_000)
        const got = yield* Effect.forkChild(pullBytes(to.duplex, sent.length))
        for (let at = 0; at < sent.length; at += 7_777) {
          yield* from.duplex.write(sent.subarray(at, at + 7_777))
        }
        yield* sameBytes("the other end", yield* Fiber.join(got), sent)
      }
    })
  },
  {
    name: "carries bytes both ways at once",
    run: Effect.fnUntraced(function* (subject) {
      const { bothWays } = yield* connect(subject)
      yield* Effect.forEach(
        bothWays,
        Effect.fnUntraced(function* ({ from, to }, seed) {
          const sent = numbered(4 * MIB, seed)
          const got = yield* Effect.forkChild(pullBytes(to.duplex, sent.length))
          yield* from.duplex.write(sent)
          yield* sameBytes("the other end", yield* Fiber.join(got), sent)
        }),
        { concurrency: "unbounded", discard: true }
      )
    })
  },
  {
    name: "carries one write of 12 MiB, and many of one byte",
    run: Effect.fnUntraced(function* (subject) {
      const { them, us } = yield* connect(subject)
      const sent = numbered(12 * MIB)
      const got = yield* Effect.forkChild(pullBytes(them.duplex, sent.length + 2_000))
      yield* us.duplex.write(sent)
      for (let at = 0; at < 2_000; at++) yield* us.duplex.write(sent.subarray(at, at + 1))
      const all = Bytes.concat([sent, sent.subarray(0, 2_000)])
      yield* sameBytes("the other end", yield* Fiber.join(got), all)
    })
  },
  {
    name: "leaves what it is given as it was",
    run: Effect.fnUntraced(function* (subject) {
      const { bothWays } = yield* connect(subject)
      for (const { from, to } of bothWays) {
        const sent = numbered(70_000)
        yield* from.duplex.write(sent)
        yield* pullBytes(to.duplex, sent.length)
        yield* sameBytes("the writer's own array", sent, numbered(70_000))
      }
    })
  },
  {
    name: "keeps many connections at once apart",
    run: Effect.fnUntraced(function* (subject) {
      const transport = yield* subject.transport
      const listener = yield* transport.listen(subject.any)
      const numbers = Array.from({ length: 32 }, (_, i) => i)
      // Whoever is accepted says back what it hears.
      const echo = Effect.gen(function* () {
        const duplex = yield* listener.accept
        yield* duplex.write(yield* pullBytes(duplex, 1_000))
      })
      const echoes = yield* Effect.forkChild(
        Effect.forEach(numbers, () => echo, { concurrency: "unbounded", discard: true })
      )
      yield* Effect.forEach(
        numbers,
        Effect.fnUntraced(function* (seed) {
          const duplex = yield* transport.dial(listener.address)
          yield* duplex.write(numbered(1_000, seed))
          const heard = yield* pullBytes(duplex, 1_000)
          yield* sameBytes(`connection ${seed}`, heard, numbered(1_000, seed))
        }),
        { concurrency: "unbounded", discard: true }
      )
      yield* Fiber.join(echoes)
    })
  },
  {
    name: "holds a writer back while nobody reads, and lets it go on when somebody does",
    run: Effect.fnUntraced(function* (subject) {
      const { bothWays } = yield* connect(subject)
      for (const { from, to } of bothWays) {
        const { chunk, total, writer } = yield* holdBack(from.duplex)
        const got = yield* pullBytes(to.duplex, total * chunk.length)
        yield* Fiber.join(writer)
        yield* equal("bytes", got.length, total * chunk.length)
        yield* sameBytes("the last chunk", got.subarray(-chunk.length), chunk)
      }
    })
  },
  {
    name: "fails a writer whose other end closes while it is held back",
    run: Effect.fnUntraced(function* (subject) {
      const { them, us } = yield* connect(subject)
      const { writer } = yield* holdBack(us.duplex)
      yield* them.close
      yield* failsWith("the writer", Fiber.join(writer), "Write")
    })
  },
  {
    name: "fails a writer whose other end has closed",
    run: Effect.fnUntraced(function* (subject) {
      const { them, us } = yield* connect(subject)
      yield* Effect.forkChild(Effect.andThen(Effect.yieldNow, them.close))
      const turn = Effect.andThen(us.duplex.write(numbered(10)), Effect.yieldNow)
      yield* failsWith("a write", Effect.forever(turn), "Write")
    })
  },
  {
    name: "sends what was written before it closes; the other end sees the end of the stream",
    run: Effect.fnUntraced(function* (subject) {
      for (const way of [0, 1] as const) {
        const { from, to } = (yield* connect(subject)).bothWays[way]
        yield* from.duplex.write(numbered(50_000))
        yield* from.close
        yield* sameBytes("the other end", yield* pullToEnd(to.duplex), numbered(50_000))
        // And again, as often as it is asked.
        yield* failsWith("a pull after the end", to.duplex.pull, "Closed")
      }
    })
  },
  {
    name: "an end that is closed neither reads nor writes",
    run: Effect.fnUntraced(function* (subject) {
      for (const way of [0, 1] as const) {
        const { from } = (yield* connect(subject)).bothWays[way]
        yield* from.close
        yield* failsWith("a write", from.duplex.write(numbered(10)), "Write")
        yield* failsWith("a pull", from.duplex.pull, "Closed")
      }
    })
  },
  {
    name: "an interrupted pull loses nothing",
    run: Effect.fnUntraced(function* (subject) {
      const { them, us } = yield* connect(subject)
      const waiting = yield* Effect.forkChild(them.duplex.pull)
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting)
      yield* us.duplex.write(numbered(10))
      yield* sameBytes("the next pull", yield* pullBytes(them.duplex, 10), numbered(10))
    })
  },
  {
    name: "an interrupted accept leaves the next connection to the next one who accepts",
    run: Effect.fnUntraced(function* (subject) {
      const { listener, transport } = yield* connect(subject)
      const waiting = yield* Effect.forkChild(Effect.scoped(listener.accept))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting)
      const ours = yield* transport.dial(listener.address)
      yield* works(ours, yield* listener.accept)
    })
  },
  {
    name: "a connection keeps what came before it was accepted, its end included",
    run: Effect.fnUntraced(function* (subject) {
      const transport = yield* subject.transport
      const listener = yield* transport.listen(subject.any)
      yield* Effect.scoped(
        Effect.flatMap(transport.dial(listener.address), (duplex) => duplex.write(numbered(500)))
      )
      const late = yield* listener.accept
      yield* sameBytes("who accepts", yield* pullToEnd(late), numbered(500))
    })
  },
  {
    name: "an interrupted dial leaves nothing open, and the listener as it was",
    run: Effect.fnUntraced(function* (subject) {
      const transport = yield* subject.transport
      const listener = yield* transport.listen(subject.any)
      for (let turns = 0; turns < 8; turns++) {
        const dialling = yield* Effect.forkChild(
          Effect.scoped(Effect.andThen(transport.dial(listener.address), Effect.never))
        )
        for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow
        yield* Fiber.interrupt(dialling)
      }
      const ours = yield* transport.dial(listener.address)
      yield* ours.write(numbered(10))
      // Those that got through are over; the one that stays comes after them.
      while (true) {
        const heard = yield* Effect.exit(pullBytes(yield* listener.accept, 10))
        if (Exit.isSuccess(heard)) return yield* sameBytes("the one", heard.value, numbered(10))
      }
    })
  },
  {
    name: "a dial that reaches nobody fails with the address and a reason",
    run: Effect.fnUntraced(function* (subject) {
      const transport = yield* subject.transport
      const error = yield* failsWith("the dial", transport.dial(subject.nobody), "Dial")
      const address = String(subject.nobody)
      yield* check(error.message.includes(address), `a message with ${address}`, error.message)
    })
  },
  {
    name: "an address in use can't be listened on, until it is free again",
    run: Effect.fnUntraced(function* (subject) {
      const transport = yield* subject.transport
      const scope = yield* Scope.make()
      const { address } = yield* Scope.provide(transport.listen(subject.any), scope)
      yield* failsWith("a second listener", transport.listen(address), "Listen")
      yield* Scope.close(scope, Exit.void)
      yield* transport.listen(address)
    })
  },
  {
    name: "a connection outlives its listener, which nobody reaches any more",
    run: Effect.fnUntraced(function* (subject) {
      const { closeListener, listener, them, transport, us } = yield* connect(subject)
      yield* closeListener
      yield* works(us.duplex, them.duplex)
      yield* failsWith("a dial", transport.dial(listener.address), "Dial")
    })
  },
  {
    name: "a listener that closes ends the connections that nobody has accepted",
    run: Effect.fnUntraced(function* (subject) {
      const { closeListener, listener, transport } = yield* connect(subject)
      const waiting = yield* transport.dial(listener.address)
      yield* closeListener
      yield* failureOf("a pull", waiting.pull)
    })
  }
]
