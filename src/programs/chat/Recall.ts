/**
 * What one who has come into a room asks of those who were there before: who else is there, and what was said.
 *
 * One is asked at a time, until somebody has something to tell.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { NodeId } from "../../domain/Ids.ts"
import type * as Protocol from "../../services/Protocol.ts"
import {
  type Chat,
  History,
  HISTORY_MAX_LINES,
  type Line,
  type Member,
  WhoIsHere
} from "./ChatProtocol.ts"

/**
 * Chatters that are asked at most about a room, beside direct peers, since one has come into it. Some know no more
 * than oneself.
 */
const ASKED_MAX = 8

/** Milliseconds that one of them has for each answer; then another is asked. */
const TIMEOUT_MILLIS = 5_000

type Client = Protocol.Client<(typeof Chat)["definition"]["messages"]>

export interface RecallOptions {
  readonly onMembers: (room: string, members: ReadonlyArray<Member>) => void
  /** Keeps lines; false where none was new, and another is to be asked. */
  readonly onLines: (room: string, lines: ReadonlyArray<Line>) => boolean
}

export class Recall {
  private readonly options: RecallOptions
  /** Rooms of which nobody has told yet what was said in them, and how many may still be asked. */
  private readonly left = new Map<string, number>()
  private readonly asking = new Set<string>()

  constructor(options: RecallOptions) {
    this.options = options
  }

  /** One has come into a room, and wants to be told. */
  begin(room: string): void {
    this.left.set(room, ASKED_MAX)
  }

  end(room: string): void {
    this.left.delete(room)
  }

  /** Asks a member that is heard of: it may be anybody's invention, and has to be sought. */
  fromMember(chat: Client, room: string, member: NodeId): Effect.Effect<void> {
    return Effect.suspend(() => {
      const left = this.left.get(room) ?? 0
      if (left === 0 || this.asking.has(room)) return Effect.void
      this.left.set(room, left - 1)
      return this.ask(chat, room, member)
    })
  }

  /** Asks those direct peers that have the protocol, one after the other, about all rooms. */
  fromPeers(chat: Client, peers: ReadonlyArray<Protocol.ProtocolPeer>): Effect.Effect<void> {
    const spoken = peers.filter(({ versions }) => versions !== undefined)
    return Effect.suspend(() =>
      Effect.forEach(
        [...this.left.keys()],
        (room) => Effect.forEach(spoken, ({ id }) => this.ask(chat, room, id), { discard: true }),
        { discard: true }
      )
    )
  }

  private ask(chat: Client, room: string, node: NodeId): Effect.Effect<void> {
    const options = { timeout: TIMEOUT_MILLIS }
    const asked = Effect.gen({ self: this }, function* () {
      const members = yield* chat.ask(node, new WhoIsHere({ room }), options)
      this.options.onMembers(room, members)
      const lines = yield* chat.ask(node, new History({ room, last: HISTORY_MAX_LINES }), options)
      if (this.options.onLines(room, lines)) this.left.delete(room)
    })
    return Effect.suspend(() => {
      if (!this.left.has(room) || this.asking.has(room)) return Effect.void
      this.asking.add(room)
      return Effect.ignore(asked, { log: "Debug" }).pipe(
        Effect.ensuring(Effect.sync(() => this.asking.delete(room)))
      )
    })
  }
}
