/**
 * Presence and chat, over the mesh: what the HTTP side of the server speaks to.
 *
 * A user is online at the server that it has checked in at, or that it listens to.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { NodeId } from "../../domain/Ids.ts"
import type { ProtocolError } from "../../domain/ProtocolDefinition.ts"
import { Mesh } from "../../services/Mesh.ts"
import type { Sender } from "../../services/ProtocolInbox.ts"
import type { Protocols } from "../../services/Protocols.ts"
import {
  type NameTaken,
  nameTaken,
  type NotOnline,
  notOnline,
  type Unavailable,
  unavailable,
  type UnknownRoom,
  unknownRoom,
  type UnknownUser,
  unknownUser
} from "./ApiErrors.ts"
import { Board, type BoardOptions } from "./Board.ts"
import {
  ASK_MILLIS,
  LEAVE_MILLIS,
  LINES_TOLD_MAX,
  RENEWALS_PER_LEASE,
  SAY_MILLIS,
  SERVERS_MAX,
  TELL_MILLIS,
  USERS_PER_SERVER_MAX
} from "./PresenceLimits.ts"
import {
  Alive,
  Leaving,
  type Line,
  PresenceProtocol,
  Said,
  type User,
  UserGone,
  UserThere,
  WhatIsNew
} from "./PresenceProtocol.ts"
import * as PresenceState from "./PresenceState.ts"

/** Why a user is online here. */
interface Stay {
  isCheckedIn: boolean
  readers: number
}

export class Presence extends Context.Service<
  Presence,
  {
    readonly id: NodeId
    readonly name: string
    /** The servers and their users, as known here now. */
    readonly servers: () => ReadonlyArray<PresenceState.Server>
    readonly checkIn: (
      user: string,
      status?: string
    ) => Effect.Effect<User, NameTaken | Unavailable>
    readonly checkOut: (user: string) => Effect.Effect<void, UnknownUser>
    readonly setStatus: (user: string, status: string) => Effect.Effect<User, UnknownUser>
    /** A user is online for as long as the scope lives. */
    readonly attend: (user: string) => Effect.Effect<User, NameTaken | Unavailable, Scope.Scope>
    readonly say: (
      room: string,
      user: string,
      text: string
    ) => Effect.Effect<Line, NotOnline | Unavailable>
    readonly lines: (room: string, limit: number) => Effect.Effect<ReadonlyArray<Line>, UnknownRoom>
    /** What changes from now on. */
    readonly changes: Effect.Effect<PubSub.Subscription<PresenceState.Change>, never, Scope.Scope>
  }
>()("effect-p2p/programs/presence/Presence") {
  static readonly layer = (
    options: BoardOptions
  ): Layer.Layer<Presence, ProtocolError, Mesh | Protocols> =>
    Layer.effect(Presence, make).pipe(Layer.provide(handlers), Layer.provide(Board.layer(options)))
}

/** What a server does with what the others say: it notes it. */
const handlers = PresenceProtocol.layer(
  Effect.gen(function* () {
    const { hear, self, state } = yield* Board
    const note = (heard: PresenceState.Heard, { id }: Sender) => hear(id, heard)
    return {
      UserThere: note,
      UserGone: note,
      Alive: note,
      Leaving: note,
      Said: ({ atMillis, room, text, user }: Said, { id, message }: Sender) =>
        hear(id, {
          _tag: "LinesTold",
          lines: [{ id: message.id, room, user, text, atMillis }]
        }),
      WhatIsNew: () =>
        Effect.sync(() => {
          const { leaseMillis, name, number, users } = self()
          const roster = { name, number, leaseMillis, users: [...users.values()] }
          return { roster, lines: state().lines.slice(-LINES_TOLD_MAX) }
        })
    }
  })
)

const make = Effect.gen(function* () {
  const board = yield* Board
  const clock = yield* Clock.Clock
  const mesh = yield* Mesh
  const protocol = yield* PresenceProtocol
  const asked = new Set<NodeId>()
  const stays = new Map<string, Stay>()

  // What is not said now is found out by the next renewal's number.
  const broadcast = (message: Parameters<typeof protocol.broadcast>[0]) =>
    protocol
      .broadcast(message)
      .pipe(Effect.timeoutOption(TELL_MILLIS), Effect.ignore({ log: "Warn" }))

  const nextNumber = () => board.self().number + 1

  const put = Effect.fnUntraced(function* (user: User) {
    const message = new UserThere({ number: nextNumber(), user })
    yield* board.hear(board.id, message)
    yield* broadcast(message)
    return user
  })

  const remove = Effect.fnUntraced(function* (name: string) {
    stays.delete(name)
    if (!board.self().users.has(name)) return
    const message = new UserGone({ number: nextNumber(), name })
    yield* board.hear(board.id, message)
    yield* broadcast(message)
  })

  /** Where a user is online here, or can be. */
  const stayOf = Effect.fnUntraced(function* (name: string) {
    const known = stays.get(name)
    if (known !== undefined) return known
    const other = PresenceState.elsewhere(board.state(), name, board.id)
    if (other !== undefined) return yield* nameTaken(name, other.name)
    if (stays.size >= USERS_PER_SERVER_MAX) {
      const message = `${USERS_PER_SERVER_MAX} users are online at this server`
      return yield* unavailable("TooManyUsers", message)
    }
    const stay: Stay = { isCheckedIn: false, readers: 0 }
    stays.set(name, stay)
    return stay
  })

  /** A user that is here now, whether or not it was before. */
  const enter = Effect.fnUntraced(function* (name: string, status?: string) {
    const known = board.self().users.get(name)
    if (known !== undefined && (status === undefined || status === known.status)) return known
    const sinceMillis = known?.sinceMillis ?? clock.currentTimeMillisUnsafe()
    return yield* put({ name, status: status ?? "", sinceMillis })
  })

  const checkIn = Effect.fn("Presence.checkIn")(function* (name: string, status?: string) {
    const stay = yield* stayOf(name)
    stay.isCheckedIn = true
    return yield* enter(name, status)
  })

  const checkOut = Effect.fn("Presence.checkOut")(function* (name: string) {
    const stay = stays.get(name)
    if (stay?.isCheckedIn !== true) return yield* unknownUser(name)
    stay.isCheckedIn = false
    if (stay.readers === 0) yield* remove(name)
  })

  const setStatus = Effect.fn("Presence.setStatus")(function* (name: string, status: string) {
    if (!board.self().users.has(name)) return yield* unknownUser(name)
    return yield* enter(name, status)
  })

  const attend = (name: string) =>
    Effect.andThen(
      Effect.acquireRelease(
        Effect.tap(stayOf(name), (stay) => Effect.sync(() => stay.readers++)),
        (stay) => {
          stay.readers--
          // One that was given up meanwhile is another's.
          const isLast = stays.get(name) === stay && !stay.isCheckedIn && stay.readers === 0
          return isLast ? remove(name) : Effect.void
        }
      ),
      enter(name)
    )

  const say = Effect.fn("Presence.say")(function* (room: string, user: string, text: string) {
    if (!board.self().users.has(user)) return yield* notOnline(user)
    const atMillis = clock.currentTimeMillisUnsafe()
    const ref = yield* protocol.broadcast(new Said({ room, user, text, atMillis })).pipe(
      Effect.catchTag("BroadcastError", ({ message }) =>
        Effect.fail(unavailable("Congested", message))
      ),
      Effect.catchTag("ValueEncodeError", Effect.die),
      Effect.timeoutOrElse({
        duration: SAY_MILLIS,
        orElse: () => Effect.fail(unavailable("Congested", "every peer is behind"))
      })
    )
    const line: Line = { id: ref.id, room, user, text, atMillis }
    yield* board.hear(board.id, { _tag: "LinesTold", lines: [line] })
    return line
  })

  const lines = (room: string, limit: number) =>
    Effect.suspend(() => {
      const found = PresenceState.linesOf(board.state(), room, limit)
      return found === undefined ? Effect.fail(unknownRoom(room)) : Effect.succeed(found)
    })

  // ---- In the background

  /** Asks a server for its news, unless it is being asked already. */
  const ask = (id: NodeId): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (asked.has(id)) return Effect.void
      asked.add(id)
      return protocol.ask(id, new WhatIsNew({}), { timeout: ASK_MILLIS }).pipe(
        Effect.flatMap(({ lines, roster }) =>
          Effect.andThen(
            board.hear(id, { _tag: "RosterTold", roster }),
            board.hear(id, { _tag: "LinesTold", lines })
          )
        ),
        // It may be gone, or no server of this kind. Else its next renewal brings us back here.
        Effect.ignore({ log: "Debug" }),
        Effect.ensuring(Effect.sync(() => asked.delete(id)))
      )
    })
  const askMany = (ids: Stream.Stream<NodeId>) =>
    Stream.runDrain(Stream.mapEffect(ids, ask, { concurrency: SERVERS_MAX, unordered: true }))
  yield* Effect.forkScoped(askMany(Stream.fromQueue(board.stale)))
  // Both sides of a new connection ask: whoever joins, and two halves of a network that meet again.
  const met = Stream.filter(mesh.peerEvents, (event) => event._tag === "PeerConnected")
  yield* Effect.forkScoped(askMany(Stream.map(met, ({ peer }) => peer.id)))

  /** Gives up a user that another server had before. */
  const settle = (change: PresenceState.Change) => {
    if (change._tag !== "Online") return Effect.void
    const contested = PresenceState.contested(board.state(), board.id, [change.user])
    return Effect.forEach(contested, remove, { discard: true })
  }
  const changes = yield* board.changes
  yield* Effect.forkScoped(Stream.runForEach(Stream.fromSubscription(changes), settle))

  /** Says that this server lives, and lets those go that have not said so. */
  const renew = Effect.gen(function* () {
    const { leaseMillis, number } = board.self()
    yield* broadcast(new Alive({ number, leaseMillis }))
    yield* board.expire
  })
  const { leaseMillis } = board.self()
  yield* Effect.forkScoped(
    Effect.forever(Effect.delay(renew, Math.floor(leaseMillis / RENEWALS_PER_LEASE)))
  )

  yield* Effect.addFinalizer(() =>
    Effect.ignore(Effect.timeoutOption(broadcast(new Leaving({})), LEAVE_MILLIS))
  )

  return Presence.of({
    id: board.id,
    name: board.self().name,
    servers: () => [...board.state().servers.values()],
    checkIn,
    checkOut,
    setStatus,
    attend,
    say,
    lines,
    changes: board.changes
  })
})
