/**
 * Who is online where, and what was said: a fold of what is heard, and what each step changes for those who
 * watch.
 *
 * Pure: time arrives as data. This server's own users are in it like all others'.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { NodeId } from "../../domain/Ids.ts"
import { LINES_MAX, SERVERS_MAX, USERS_PER_SERVER_MAX } from "./PresenceLimits.ts"
import { Line, Name, type Roster, User } from "./PresenceProtocol.ts"

/** A server, as one of them sees it. */
export interface Server {
  readonly id: NodeId
  readonly name: string
  /** The number of its last change that is known. */
  readonly number: number
  readonly leaseMillis: number
  /** When it is taken for gone, unless it is heard before. */
  readonly endsMillis: number
  readonly users: ReadonlyMap<string, User>
}

export interface State {
  readonly servers: ReadonlyMap<NodeId, Server>
  /** Oldest first. */
  readonly lines: ReadonlyArray<Line>
}

export const initial: State = { servers: new Map(), lines: [] }

/** What is heard of a server. */
export type Heard =
  | { readonly _tag: "RosterTold"; readonly roster: Roster }
  | { readonly _tag: "UserThere"; readonly number: number; readonly user: User }
  | { readonly _tag: "UserGone"; readonly number: number; readonly name: string }
  | { readonly _tag: "Alive"; readonly number: number; readonly leaseMillis: number }
  | { readonly _tag: "Leaving" }
  | { readonly _tag: "LinesTold"; readonly lines: ReadonlyArray<Line> }

const about = { user: Name, server: Name }

/** What changes for those who watch. */
export const Change = Schema.Union([
  Schema.TaggedStruct("Online", { ...about, status: User.fields.status }),
  Schema.TaggedStruct("StatusSet", { ...about, status: User.fields.status }),
  Schema.TaggedStruct("Offline", about),
  Schema.TaggedStruct("ServerUp", { server: Name, id: NodeId }),
  Schema.TaggedStruct("ServerDown", {
    server: Name,
    id: NodeId,
    reason: Schema.Literals(["Left", "Lost"])
  }),
  Schema.TaggedStruct("Said", { line: Line })
])
export type Change = typeof Change.Type

/** Where a step leads. */
export interface Step {
  readonly state: State
  readonly changes: ReadonlyArray<Change>
  /** Whether changes of that server were missed, so that it is to be asked. */
  readonly isStale: boolean
}

const unchanged = (state: State, isStale = false): Step => ({ state, changes: [], isStale })

const withServer = (state: State, server: Server): State => ({
  ...state,
  servers: new Map(state.servers).set(server.id, server)
})

/** What a watcher sees of a user that was as it was, and is as it is. */
const difference = (
  server: string,
  before: User | undefined,
  after: User | undefined
): ReadonlyArray<Change> => {
  if (after === undefined) {
    return before === undefined ? [] : [{ _tag: "Offline", user: before.name, server }]
  }
  const { name: user, status } = after
  if (before === undefined) return [{ _tag: "Online", user, server, status }]
  return before.status === status ? [] : [{ _tag: "StatusSet", user, server, status }]
}

const tellRoster = (state: State, id: NodeId, roster: Roster, nowMillis: number): Step => {
  const { leaseMillis, name, number } = roster
  const before = state.servers.get(id)
  if (before === undefined && state.servers.size >= SERVERS_MAX) return unchanged(state)
  if (before !== undefined && number < before.number) return unchanged(state)
  const users = new Map(roster.users.map((user) => [user.name, user]))
  const changes: Array<Change> =
    before === undefined ? [{ _tag: "ServerUp", server: name, id }] : []
  for (const user of before?.users.values() ?? []) {
    if (!users.has(user.name)) changes.push(...difference(name, user, undefined))
  }
  for (const user of users.values()) {
    changes.push(...difference(name, before?.users.get(user.name), user))
  }
  const endsMillis = nowMillis + leaseMillis
  const server: Server = { id, name, number, leaseMillis, endsMillis, users }
  return { state: withServer(state, server), changes, isStale: false }
}

/** One change of a server, if it is the next. */
const changeUser = (
  state: State,
  id: NodeId,
  number: number,
  name: string,
  user: User | undefined,
  nowMillis: number
): Step => {
  const before = state.servers.get(id)
  if (before === undefined) return unchanged(state, true)
  if (number <= before.number) return unchanged(state)
  if (number > before.number + 1) return unchanged(state, true)
  const users = new Map(before.users)
  if (user === undefined) users.delete(name)
  else if (users.has(name) || users.size < USERS_PER_SERVER_MAX) users.set(name, user)
  const changes = difference(before.name, before.users.get(name), users.get(name))
  const endsMillis = nowMillis + before.leaseMillis
  return {
    state: withServer(state, { ...before, number, users, endsMillis }),
    changes,
    isStale: false
  }
}

const renew = (
  state: State,
  id: NodeId,
  { leaseMillis, number }: Extract<Heard, { readonly _tag: "Alive" }>,
  nowMillis: number
): Step => {
  const before = state.servers.get(id)
  if (before === undefined) return unchanged(state, true)
  const renewed = { ...before, leaseMillis, endsMillis: nowMillis + leaseMillis }
  return unchanged(withServer(state, renewed), number > before.number)
}

const remove = (state: State, id: NodeId, reason: "Left" | "Lost"): Step => {
  const before = state.servers.get(id)
  if (before === undefined) return unchanged(state)
  const servers = new Map(state.servers)
  servers.delete(id)
  const changes: Array<Change> = [...before.users.values()].flatMap((user) =>
    difference(before.name, user, undefined)
  )
  changes.push({ _tag: "ServerDown", server: before.name, id, reason })
  return { state: { ...state, servers }, changes, isStale: false }
}

/** Lines that are not there yet, each once, in the order in which they are told. */
const addLines = (state: State, told: ReadonlyArray<Line>): Step => {
  const known = new Set(state.lines.map(({ id }) => id))
  const lines = told.filter(({ id }) => !known.has(id) && known.add(id))
  if (lines.length === 0) return unchanged(state)
  return {
    state: { ...state, lines: [...state.lines, ...lines].slice(-LINES_MAX) },
    changes: lines.map((line) => ({ _tag: "Said", line })),
    isStale: false
  }
}

/** One step: something was heard of a server. */
export const step = (state: State, id: NodeId, heard: Heard, nowMillis: number): Step => {
  switch (heard._tag) {
    case "RosterTold":
      return tellRoster(state, id, heard.roster, nowMillis)
    case "UserThere":
      return changeUser(state, id, heard.number, heard.user.name, heard.user, nowMillis)
    case "UserGone":
      return changeUser(state, id, heard.number, heard.name, undefined, nowMillis)
    case "Alive":
      return renew(state, id, heard, nowMillis)
    case "Leaving":
      return remove(state, id, "Left")
    case "LinesTold":
      return addLines(state, heard.lines)
  }
}

/** The servers whose leases have ended go, and their users with them. */
export const expire = (state: State, nowMillis: number): Step => {
  const changes: Array<Change> = []
  for (const { endsMillis, id } of state.servers.values()) {
    if (endsMillis > nowMillis) continue
    const removed = remove(state, id, "Lost")
    state = removed.state
    changes.push(...removed.changes)
  }
  return { state, changes, isStale: false }
}

/** A user's server, other than one: undefined where it is online nowhere else. */
export const elsewhere = (state: State, name: string, id: NodeId): Server | undefined => {
  for (const server of state.servers.values()) {
    if (server.id !== id && server.users.has(name)) return server
  }
  return undefined
}

/**
 * Those of some users that a server has to give up, as another had them before: two servers that check the
 * same name in at the same time come to the same answer. Of the same instant, the lower id wins.
 */
export const contested = (
  state: State,
  id: NodeId,
  names: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const ours = state.servers.get(id)?.users
  return names.filter((name) => {
    const since = ours?.get(name)?.sinceMillis
    const other = elsewhere(state, name, id)
    const otherSince = other?.users.get(name)?.sinceMillis
    if (since === undefined || other === undefined || otherSince === undefined) return false
    return otherSince < since || (otherSince === since && other.id < id)
  })
}

/** The last lines of a room, oldest first; undefined where nothing was said in it. */
export const linesOf = (
  state: State,
  room: string,
  limit: number
): ReadonlyArray<Line> | undefined => {
  const lines = state.lines.filter((line) => line.room === room)
  return lines.length === 0 ? undefined : lines.slice(-limit)
}
