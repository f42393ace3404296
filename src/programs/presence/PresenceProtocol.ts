/**
 * What the servers say to each other.
 *
 * Each server alone says who is online at it: it numbers its changes, and renews its lease by a broadcast with
 * the number of the last one. Whoever has missed a change, or hears a server for the first time, asks it. So
 * nothing is hearsay, and nobody who is gone is kept alive by others.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Protocol from "../../services/Protocol.ts"
import {
  LEASE_MAX_MILLIS,
  LEASE_MIN_MILLIS,
  LINES_TOLD_MAX,
  NAME_MAX_CHARS,
  STATUS_MAX_CHARS,
  TEXT_MAX_CHARS,
  USERS_PER_SERVER_MAX
} from "./PresenceLimits.ts"

/** Letters, digits, `-`, `_` and `.`: fits a path, a log and a screen as it is. */
export const Name = Schema.String.check(
  Schema.isPattern(new RegExp(`^[\\p{L}\\p{N}._-]{1,${NAME_MAX_CHARS}}$`, "u"))
)

export const Status = Schema.String.check(Schema.isMaxLength(STATUS_MAX_CHARS))

export const Text = Schema.String.check(Schema.isNonEmpty(), Schema.isMaxLength(TEXT_MAX_CHARS))

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const LeaseMillis = Schema.Int.check(
  Schema.isBetween({ minimum: LEASE_MIN_MILLIS, maximum: LEASE_MAX_MILLIS })
)

/** A user at a server. */
export const User = Schema.Struct({
  name: Name,
  status: Status,
  /** Since when it is there, by the server's clock. */
  sinceMillis: Natural
})
export type User = typeof User.Type

/** Something that a user has said. */
export const Line = Schema.Struct({
  /** The id of the message that has brought it: the same at every server. */
  id: Schema.NonEmptyString.check(Schema.isMaxLength(NAME_MAX_CHARS * 2)),
  room: Name,
  user: Name,
  text: Text,
  /** When, by the clock of the server that it was said at. */
  atMillis: Natural
})
export type Line = typeof Line.Type

/** Who is online at the server that tells it, after its change of that number. */
export const Roster = Schema.Struct({
  name: Name,
  number: Natural,
  leaseMillis: LeaseMillis,
  users: Schema.Array(User).check(Schema.isMaxLength(USERS_PER_SERVER_MAX))
})
export type Roster = typeof Roster.Type

/** A user has come to the sender, or has changed. */
export class UserThere extends Schema.TaggedClass<UserThere>()("UserThere", {
  number: Natural,
  user: User
}) {}

/** A user is no longer at the sender. */
export class UserGone extends Schema.TaggedClass<UserGone>()("UserGone", {
  number: Natural,
  name: Name
}) {}

/** The sender lives, and will for so long; the number is that of its last change. */
export class Alive extends Schema.TaggedClass<Alive>()("Alive", {
  number: Natural,
  leaseMillis: LeaseMillis
}) {}

/** The sender stops, and its users are gone. */
export class Leaving extends Schema.TaggedClass<Leaving>()("Leaving", {}) {}

/** A user of the sender says something. */
export class Said extends Schema.TaggedClass<Said>()("Said", {
  room: Name,
  user: Name,
  text: Text,
  atMillis: Natural
}) {}

/** Asks a server who is there, and what was said. */
export class WhatIsNew extends Schema.TaggedClass<WhatIsNew>()("WhatIsNew", {}) {}

export const News = Schema.Struct({
  roster: Roster,
  lines: Schema.Array(Line).check(Schema.isMaxLength(LINES_TOLD_MAX))
})
export type News = typeof News.Type

export class PresenceProtocol extends Protocol.Service<PresenceProtocol>()("presence-example", {
  version: 1,
  messages: [
    Protocol.message(0x40, UserThere),
    Protocol.message(0x41, UserGone),
    Protocol.message(0x42, Alive),
    Protocol.message(0x43, Leaving),
    Protocol.message(0x44, Said),
    Protocol.request(0x45, WhatIsNew, { answer: News })
  ]
}) {}
