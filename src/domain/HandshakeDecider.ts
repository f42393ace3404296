/**
 * The rules by which two nodes come to know each other.
 *
 * An old peer says its handshake as soon as the transport is open; ours says a hello. Whoever hears a
 * handshake first has an old peer, and answers in its dialect. Among ours the dialler answers the
 * hello with a handshake, which tells the acceptor which of its subnets is meant, and the acceptor
 * answers that. Nobody is configured to speak to anybody.
 *
 * On WebSocket an old acceptor waits for the dialler's handshake. It can only be js2p, whose dialect is known
 * then: the dialler need not, and must not, wait for it to speak.
 *
 * Source: the 0.7 wire protocol, "Two dialects" and "Handshake, peers, requests".
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Decider } from "./Decider.ts"
import { Dialect, OURS } from "./Dialect.ts"
import { NodeId, SubnetId } from "./Ids.ts"
import { CONTROL_VERSION, CONTROL_VERSION_MIN, GoodbyeReason } from "./messages/ControlMessages.ts"
import { Endpoint } from "./messages/Codec.ts"

/** Who opened the connection. */
export const Role = Schema.Literals(["Dialled", "Accepted"])
export type Role = typeof Role.Type

/** Whether a peer is one of ours, or speaks plain 0.7. */
export const PeerKind = Schema.Literals(["Ours", "Old"])
export type PeerKind = typeof PeerKind.Type

/** Opens the handshake: who we are, and which subnets we would be in with this peer. */
export const Open = Schema.TaggedStruct("Open", {
  role: Role,
  id: NodeId,
  /** The one that a dialler seeks; all that an acceptor serves. */
  subnets: Schema.Array(SubnetId),
  /** The dialect to say our handshake in at once, where an old acceptor would wait for it. */
  unasked: Schema.optionalKey(Dialect)
})
/** A hello came in. */
export const HearHello = Schema.TaggedStruct("HearHello", {
  from: NodeId,
  version: Schema.Int,
  minVersion: Schema.Int,
  abilities: Schema.Array(Schema.String)
})
/** A handshake came in. */
export const HearHandshake = Schema.TaggedStruct("HearHandshake", {
  id: NodeId,
  subnet: SubnetId,
  endpoint: Endpoint,
  methods: Schema.Array(Schema.Int),
  dialect: Dialect
})
/** The peer said goodbye. */
export const HearGoodbye = Schema.TaggedStruct("HearGoodbye", {
  reason: Schema.String,
  detail: Schema.String
})
/** Time is up. */
export const GiveUp = Schema.TaggedStruct("GiveUp", { afterMillis: Schema.Int })

export type Command =
  | typeof Open.Type
  | typeof HearHello.Type
  | typeof HearHandshake.Type
  | typeof HearGoodbye.Type
  | typeof GiveUp.Type

export const Opened = Schema.TaggedStruct("Opened", {
  role: Role,
  id: NodeId,
  subnets: Schema.Array(SubnetId)
})
export const KindLearned = Schema.TaggedStruct("KindLearned", {
  kind: PeerKind,
  abilities: Schema.Array(Schema.String)
})
/** Our handshake is due, for this subnet and in this dialect. */
export const HandshakeAnswered = Schema.TaggedStruct("HandshakeAnswered", {
  subnet: SubnetId,
  dialect: Dialect
})
export const Completed = Schema.TaggedStruct("Completed", {
  peer: NodeId,
  subnet: SubnetId,
  endpoint: Endpoint,
  methods: Schema.Array(Schema.Int),
  dialect: Dialect
})
/** The handshake has failed for good; `ours` tells whether we refused or the peer did. */
export const Refused = Schema.TaggedStruct("Refused", {
  reason: Schema.Union([GoodbyeReason, Schema.Literal("Refused")]),
  detail: Schema.String,
  by: Schema.Literals(["Us", "Peer"])
})

export const Event = Schema.Union([Opened, KindLearned, HandshakeAnswered, Completed, Refused])
export type Event = typeof Event.Type

/** A command that makes no sense in the state it meets. */
export class HandshakeStateError extends Schema.TaggedError<HandshakeStateError>()(
  "HandshakeStateError",
  { command: Schema.String, phase: Schema.String }
) {
  override get message() {
    return `${this.command} while the handshake is ${this.phase}`
  }
}

export interface State {
  readonly phase: "Idle" | "Opening" | "Completed" | "Refused"
  readonly role: Role
  readonly id: NodeId | undefined
  readonly subnets: ReadonlyArray<SubnetId>
  /** Unknown until the peer has spoken. */
  readonly kind: PeerKind | undefined
  readonly abilities: ReadonlyArray<string>
  /** Whether our handshake has gone out. */
  readonly answered: boolean
  readonly result: typeof Completed.Type | undefined
  readonly refusal: typeof Refused.Type | undefined
}

const initial: State = {
  phase: "Idle",
  role: "Dialled",
  id: undefined,
  subnets: [],
  kind: undefined,
  abilities: [],
  answered: false,
  result: undefined,
  refusal: undefined
}

const refused = (
  reason: (typeof Refused.Type)["reason"],
  detail: string,
  by: "Us" | "Peer" = "Us"
): typeof Refused.Type => Refused.make({ reason, detail, by })

const onOpen = ({ id, role, subnets, unasked }: typeof Open.Type): ReadonlyArray<Event> => {
  const opened = Opened.make({ role, id, subnets })
  const [subnet] = subnets
  return role === "Dialled" && unasked !== undefined && subnet !== undefined
    ? [opened, HandshakeAnswered.make({ subnet, dialect: unasked })]
    : [opened]
}

const onHello = (state: State, command: typeof HearHello.Type): ReadonlyArray<Event> => {
  if (state.kind !== undefined) return []
  if (command.from === state.id) return [refused("SelfConnection", "this is our own node")]
  if (command.version < CONTROL_VERSION_MIN || command.minVersion > CONTROL_VERSION) {
    const detail =
      `the peer speaks versions ${command.minVersion} to ${command.version}, ` +
      `we speak ${CONTROL_VERSION_MIN} to ${CONTROL_VERSION}`
    return [refused("WrongVersion", detail)]
  }
  const learned = KindLearned.make({ kind: "Ours", abilities: command.abilities })
  const [subnet] = state.subnets
  return state.role === "Dialled" && !state.answered && subnet !== undefined
    ? [learned, HandshakeAnswered.make({ subnet, dialect: OURS })]
    : [learned]
}

const onHandshake = (state: State, command: typeof HearHandshake.Type): ReadonlyArray<Event> => {
  // js2p says its handshake twice.
  if (state.phase === "Completed") return []
  if (command.id === state.id) return [refused("SelfConnection", "this is our own node")]
  if (!state.subnets.includes(command.subnet)) {
    const detail = `the peer is in ${command.subnet}, we are in ${state.subnets.join(", ")}`
    return [refused("WrongSubnet", detail)]
  }
  const { _tag: _, id, ...rest } = command
  const completed = Completed.make({ ...rest, peer: id })
  return [
    ...(state.kind === undefined ? [KindLearned.make({ kind: "Old", abilities: [] })] : []),
    ...(state.answered
      ? []
      : [HandshakeAnswered.make({ subnet: command.subnet, dialect: command.dialect })]),
    completed
  ]
}

const decide = (
  state: State,
  command: Command
): Result.Result<ReadonlyArray<Event>, HandshakeStateError> => {
  const misplaced = () =>
    Result.fail(new HandshakeStateError({ command: command._tag, phase: state.phase }))
  if (command._tag === "Open") {
    if (state.phase !== "Idle") return misplaced()
    return Result.succeed(onOpen(command))
  }
  if (state.phase === "Idle") return misplaced()
  if (state.phase === "Refused") return Result.succeed([])
  switch (command._tag) {
    case "HearHello":
      return Result.succeed(onHello(state, command))
    case "HearHandshake":
      return Result.succeed(onHandshake(state, command))
    case "HearGoodbye": {
      if (state.phase === "Completed") return Result.succeed([])
      const known = GoodbyeReason.literals.find((reason) => reason === command.reason)
      return Result.succeed([refused(known ?? "Refused", command.detail, "Peer")])
    }
    case "GiveUp":
      return Result.succeed(
        state.phase === "Completed"
          ? []
          : [refused("HandshakeTimeout", `no handshake within ${command.afterMillis} ms`)]
      )
  }
}

const evolve = (state: State, event: Event): State => {
  switch (event._tag) {
    case "Opened":
      return {
        ...state,
        phase: "Opening",
        role: event.role,
        id: event.id,
        subnets: event.subnets
      }
    case "KindLearned":
      return { ...state, kind: event.kind, abilities: event.abilities }
    case "HandshakeAnswered":
      return { ...state, answered: true }
    case "Completed":
      return { ...state, phase: "Completed", result: event }
    case "Refused":
      return { ...state, phase: "Refused", refusal: event }
  }
}

/** The decider of a connection's handshake. */
export const HandshakeDecider: Decider<State, Command, Event, HandshakeStateError> = {
  initial,
  decide,
  evolve
}

/**
 * Which of two connections between the same two nodes stays, when each dialled the other: the one that
 * the greater id dialled. Both ends come to the same answer, and so do old peers (py2p).
 */
export const dialledBySurvivor = (us: NodeId, peer: NodeId): Role =>
  us > peer ? "Dialled" : "Accepted"
