/**
 * What a request can fail with: each a JSON body with its tag and its words, and a status of its own.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** A request that is not as its schema wants it. */
export class BadRequest extends Schema.TaggedError<BadRequest>()(
  "BadRequest",
  {
    /** Which part of the request. */
    part: Schema.String,
    /** The schema's words: which field, and what is wrong with it. */
    message: Schema.String
  },
  { httpApiStatus: 400 }
) {}

/** Nothing is at that path, or not for that method. */
export class NoSuchRoute extends Schema.TaggedError<NoSuchRoute>()(
  "NoSuchRoute",
  { message: Schema.String },
  { httpApiStatus: 404 }
) {}

/** A user that is not online at this server. */
export class UnknownUser extends Schema.TaggedError<UnknownUser>()(
  "UnknownUser",
  { user: Schema.String, message: Schema.String },
  { httpApiStatus: 404 }
) {}

/** A room in which nothing was said that is remembered. */
export class UnknownRoom extends Schema.TaggedError<UnknownRoom>()(
  "UnknownRoom",
  { room: Schema.String, message: Schema.String },
  { httpApiStatus: 404 }
) {}

/** A name that is online at another server. */
export class NameTaken extends Schema.TaggedError<NameTaken>()(
  "NameTaken",
  { user: Schema.String, server: Schema.String, message: Schema.String },
  { httpApiStatus: 409 }
) {}

/** Who speaks has to be online at this server. */
export class NotOnline extends Schema.TaggedError<NotOnline>()(
  "NotOnline",
  { user: Schema.String, message: Schema.String },
  { httpApiStatus: 409 }
) {}

/** A body that is larger than any good one. */
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>()(
  "BodyTooLarge",
  { limitBytes: Schema.Int, message: Schema.String },
  { httpApiStatus: 413 }
) {}

/** A body that is no JSON, by its content type. */
export class NotJson extends Schema.TaggedError<NotJson>()(
  "NotJson",
  { message: Schema.String },
  { httpApiStatus: 415 }
) {}

/** The server is full, behind, or stopping: try another, or later. */
export class Unavailable extends Schema.TaggedError<Unavailable>()(
  "Unavailable",
  {
    reason: Schema.Literals(["TooManyUsers", "TooManyReaders", "Congested", "Stopping"]),
    message: Schema.String
  },
  { httpApiStatus: 503 }
) {}

export const unknownUser = (user: string) =>
  new UnknownUser({ user, message: `${user} is not online at this server` })

export const unknownRoom = (room: string) =>
  new UnknownRoom({ room, message: `nothing was said in ${room} that is remembered` })

export const nameTaken = (user: string, server: string) =>
  new NameTaken({ user, server, message: `${user} is online at ${server}` })

export const notOnline = (user: string) =>
  new NotOnline({ user, message: `${user} has to be online at this server to speak` })

export const unavailable = (reason: Unavailable["reason"], message: string) =>
  new Unavailable({ reason, message })
