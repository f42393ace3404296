/**
 * The limits of the example, each with its reason.
 *
 * @since 0.1.0
 */

// ---- What people say

/** Longest name of a user, a room or a server: fits a column of a screen. */
export const NAME_MAX_CHARS = 32

/** Longest status: a line beside a name. */
export const STATUS_MAX_CHARS = 80

/** Longest line: as long as other chats have it, and far below what a frame holds. */
export const TEXT_MAX_CHARS = 1_000

/** Largest body of a request: the longest line, in JSON's longest escapes, twice over. */
export const REQUEST_BODY_MAX_BYTES = 16 * 1024

// ---- What a server remembers

/**
 * Users of one server: with names and statuses of the longest, all of them fit one message, in which a
 * server tells who is there.
 */
export const USERS_PER_SERVER_MAX = 1_000

/** Servers that one knows: a mesh in which each tells all others that it lives can't be large anyway. */
export const SERVERS_MAX = 64

/** Recent lines, of all rooms together: about 2 MB at most, of the longest lines. */
export const LINES_MAX = 500

/** Lines that a server tells one that joins: with those users in one answer, below what a frame holds. */
export const LINES_TOLD_MAX = 100

/** Lines that one request gives. */
export const LINES_SHOWN_MAX = 200

/** Changes that wait for the event feed, which is slowed by nobody: more than a burst of a whole server. */
export const CHANGES_MAX = 2 * USERS_PER_SERVER_MAX

// ---- Leases

/**
 * How long a server is believed to live that has not been heard, in milliseconds: what people take for
 * "just gone". One that is killed takes its users with it after that long at most.
 */
export const LEASE_MILLIS = 6_000

/** Shortest lease that a server may ask for: below that, a pause of the garbage collector ends it. */
export const LEASE_MIN_MILLIS = 500

/** Longest lease: nobody is shown for more than a minute after having vanished. */
export const LEASE_MAX_MILLIS = 60_000

/** Renewals within a lease: two may be lost, and it still holds. */
export const RENEWALS_PER_LEASE = 3

/**
 * How long a change waits for peers that are behind, in milliseconds: the next renewal tells them of it anyway.
 */
export const TELL_MILLIS = 1_000

/** How long a line waits for peers that are behind, in milliseconds: as long as its speaker may. */
export const SAY_MILLIS = 5_000

/** How long to wait for a server that is asked who is there: within a lease, or it is gone anyway. */
export const ASK_MILLIS = 5_000

// ---- Server-sent events

/** Events kept for readers that come back with a `Last-Event-ID`: some minutes of a lively server. */
export const EVENTS_KEPT_MAX = 1_000

/** Events that wait for a reader to take them; one that is further behind is dropped. */
export const READER_EVENTS_MAX = 256

/** Readers at once: each holds a socket and a queue. */
export const READERS_MAX = 1_000

/** Between two comments that keep a connection open, in milliseconds: below a proxy's usual 30 s. */
export const HEARTBEAT_MILLIS = 15_000

/** How long a dropped reader has to read why, in milliseconds, before its connection is cut. */
export const READER_CUT_MILLIS = 2_000

// ---- Stopping

/** How long a server that stops waits for requests under way, in milliseconds. */
export const DRAIN_MILLIS = 2_000

/** How long it has to say that it leaves, in milliseconds. */
export const LEAVE_MILLIS = 500

/**
 * The whole of it, without the lame duck's time, in milliseconds: after that the launcher takes a server for
 * stuck, and kills it. Orchestrators wait for 10 s.
 */
export const STOP_MILLIS = 8_000

/** Longest time that a server goes on serving while its health says that it stops, in milliseconds. */
export const LAME_DUCK_MAX_MILLIS = 60_000
