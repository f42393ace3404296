/**
 * Every limit of a node, by name, with its unit and the reason for its value.
 *
 * A limit that a deployment may want to move is also an option of the layer that uses it; the
 * constant is then its default.
 *
 * @since 0.1.0
 */

const KIB = 1024
const MIB = 1024 * KIB

/** Bytes of the length prefix of a frame (0.7: an unsigned 32-bit integer, big-endian). */
export const FRAME_LENGTH_BYTES = 4

/** Bytes of the SHA-256 digest in front of each packed message. */
export const DIGEST_BYTES = 32

/**
 * Largest body of a frame on the wire, in bytes. The format allows 2^32 - 1; one peer must not make
 * a node buffer that much. 4 MiB is what libp2p's gossipsub and most brokers are run with or below.
 */
export const FRAME_BODY_MAX_BYTES = 4 * MIB

/**
 * Largest body after decompression, in bytes: that of a frame, since a message may have to go on raw to a
 * peer that has no method in common with us.
 */
export const FRAME_INFLATED_MAX_BYTES = FRAME_BODY_MAX_BYTES

/**
 * Deepest nesting of arrays and maps in a message. 0.7's own messages nest three deep; 64 leaves
 * room for any sane document, and none for a stack overflow.
 */
export const VALUE_DEPTH_MAX = 64

/**
 * Most values in one message; a container counts as eight. Decoded, a value takes up to 64 bytes, so
 * that what a message becomes stays within a few times the largest frame: without this limit 16 KiB of
 * compressed empty maps would become gigabytes.
 */
export const VALUE_WEIGHT_MAX = 262_144

/**
 * Largest body of a frame before the handshake is done, in bytes. A hello with all that it may name has
 * 20 KiB; a stranger must not make a node buffer more.
 */
export const HANDSHAKE_BODY_MAX_BYTES = 32 * KIB

/** Milliseconds that a frame has from its first byte to its last: 70 KB/s for the largest. */
export const FRAME_TIMEOUT_MILLIS = 60_000

/** Largest payload of a control or peer message, in bytes: a full peers message has 100 KiB. */
export const CONTROL_MAX_BYTES = 128 * KIB

/**
 * Smallest body worth compressing, in bytes. Below it the header of a zlib stream costs more than
 * it saves, whatever the content: a digest alone is 32 incompressible bytes.
 */
export const COMPRESS_MIN_BYTES = 256

/** Largest number of compression methods read from a handshake; 0.7 has 17 codes. */
export const COMPRESSION_METHODS_MAX = 32

/** Longest id (node, subnet, request) accepted, in characters: base58 of 512 bits is 88. */
export const ID_MAX_CHARS = 128

/** Longest text of what is wrong with a message, in characters: it quotes the message. */
export const ISSUE_MAX_CHARS = 512

/** Longest host name in an address, in characters (RFC 1035, section 2.3.4). */
export const HOST_MAX_CHARS = 255

/** Most entries read from one peers message; a larger one is from no node of this network. */
export const PEERS_MESSAGE_MAX_ENTRIES = 1024

/** Age in seconds at which a broadcast is dropped on arrival (0.7's rule). */
export const MESSAGE_AGE_MAX_SECONDS = 60

/**
 * Seconds by which the time of a broadcast may lie ahead of our clock. Equal broadcasts each take a
 * second of their own, so that an honest burst runs ahead; beyond this it is a broken clock.
 */
export const MESSAGE_LEAD_MAX_SECONDS = 900

/**
 * Seconds by which we let our own equal broadcasts run ahead. Less than what we accept, so that
 * clocks may differ by the rest.
 */
export const MESSAGE_LEAD_OWN_SECONDS = 600

/** Distinct broadcasts whose last second is remembered, so that an equal one gets the next. */
export const RECENT_OWN_MAX = 16_384

/**
 * Messages that the relay cache remembers. At 72 bytes of key and set entry each this is about
 * 40 MiB when full; it covers 8,000 new messages a second for the whole 60 s.
 */
export const RELAY_CACHE_MAX_ENTRIES = 524_288

/**
 * The part of the relay cache that messages from the future may fill, as a divisor: they stay
 * longest, and must not push out the present.
 */
export const RELAY_CACHE_LEAD_DIVISOR = 8

/** Bytes that may wait in the outbox of one connection before a broadcast is withheld from it. */
export const OUTBOX_MAX_BYTES = 8 * MIB

/**
 * Room of an outbox kept for what is not a broadcast (control messages, whispers), in bytes, so
 * that a flood of broadcasts can't starve it.
 */
export const OUTBOX_RESERVE_BYTES = 1 * MIB

/** Bytes waiting in an outbox above which a caller of `send` and `broadcast` is made to wait. */
export const OUTBOX_HIGH_WATER_BYTES = 1 * MIB

/** Milliseconds that a full outbox may go without one byte leaving; then the peer is dropped. */
export const OUTBOX_STALL_MILLIS = 30_000

/**
 * Bytes that wait for all peers together, each frame counted once however many it goes to. When it is full,
 * the peer that lets most wait is dropped. 64 of the largest frames at once.
 */
export const BACKLOG_MAX_BYTES = 256 * MIB

/** Bytes that may wait for each peer even then, so that the others are served. */
export const BACKLOG_SHARE_BYTES = 64 * KIB

/** Shortest frame that is looked up, so as to be counted once; shorter ones are counted for each peer. */
export const BACKLOG_LARGE_BYTES = 64 * KIB

/**
 * Bytes of unfinished frames of all peers together. When it is exceeded, the peer with most of them is dropped.
 * 64 of the largest frames at once.
 */
export const RECEIVING_MAX_BYTES = 256 * MIB

/** Bytes read from a socket ahead of whoever pulls; then it is paused. */
export const READ_AHEAD_BYTES = 256 * KIB

/** Bytes written to a socket at once at most; larger gathers only delay the first byte. */
export const WRITE_GATHER_MAX_BYTES = 256 * KIB

/** Milliseconds that a peer has for its handshake. Thrice the slowest round trip of the Internet. */
export const HANDSHAKE_TIMEOUT_MILLIS = 5_000

/** Milliseconds until a dial that has reached nobody is given up. */
export const DIAL_TIMEOUT_MILLIS = 5_000

/**
 * Milliseconds that a transport's own handshake (of TLS, the upgrade to WebSocket) may take, at both ends.
 * The same as ours above it has, for the same reason.
 */
export const TRANSPORT_HANDSHAKE_TIMEOUT_MILLIS = 5_000

/**
 * Sockets of one listener at most that are in their transport's handshake: one more ends the oldest of the
 * host that has the most of them. A TLS handshake keeps some 50 KiB.
 */
export const TRANSPORT_HANDSHAKES_MAX = 128

/**
 * Largest message of a WebSocket, in bytes: the largest frame, since old peers send each in a message of its
 * own. A WebSocket's message is kept whole until its end has come.
 */
export const WEBSOCKET_MESSAGE_MAX_BYTES = FRAME_LENGTH_BYTES + FRAME_BODY_MAX_BYTES

/** Milliseconds between heartbeats among our own kind. */
export const HEARTBEAT_INTERVAL_MILLIS = 10_000

/** Heartbeats in a row without any byte back, after which a peer of our own kind is gone. */
export const HEARTBEAT_MISSED_MAX = 3

/**
 * Inputs of one connection that are refused as malformed until it ends. More than none, since a frame
 * that is wrong leaves the stream readable; few, since no honest peer sends two.
 */
export const MALFORMED_MAX = 16

/**
 * The same, for broadcasts whose payload an old peer has passed on without a look: it is not to blame for
 * the first ones.
 */
export const MALFORMED_PASSED_ON_MAX = 1_024

/** Outgoing connections that a node seeks (0.7's figure). */
export const OUTGOING_MAX = 4

/** Connections that a node accepts at most; one more is refused with `TooManyPeers`. */
export const INCOMING_MAX = 512

/**
 * Accepted connections at most that have not finished their handshake; for one more the oldest of the host
 * that has the most of them is given up.
 */
export const PENDING_MAX = 128

/**
 * Connections accepted from one host at once: an eighth of all, so that no host can take all places, and
 * enough for the nodes of an office behind one address, or of a test on loopback.
 */
export const HOST_INCOMING_MAX = 64

/** Connections of one host that may come to nothing at once, before it has to wait for the next. */
export const HOST_ATTEMPTS_BURST = 64

/**
 * Connections of one host that may come to nothing each second, in the long run. An honest node's redials
 * back off to one in 30 s.
 */
export const HOST_ATTEMPTS_PER_SECOND = 8

/** Attempts that a connection costs its host which was ended for what it said: more than a vain one. */
export const HOST_ATTEMPTS_OFFENCE = 8

/** Milliseconds that an accepted connection has to last so that it has not come to nothing. */
export const HOST_ATTEMPT_LASTS_MILLIS = 10_000

/** Hosts whose use is remembered; beyond it the idle ones are forgotten, and then the oldest. */
export const HOSTS_MAX_ENTRIES = 4_096

/**
 * Bytes a second that a node decompresses beyond what honest data swells to, or refuses after the work was done.
 * A mebibyte takes some 10 ms with all that follows: 16 take a sixth of a core. Who brings more is not
 * read from for a while. For the whole node, so that what one passes on is no more than the next bears.
 */
export const WORK_BYTES_PER_SECOND = 16 * MIB

/** The same, at once: what the malformed bodies cost that one connection is allowed, and no more. */
export const WORK_BURST_BYTES = 64 * MIB

/** Part of that work which a broadcast costs that is known already, as a divisor: each neighbour brings it. */
export const WORK_DUPLICATE_DIVISOR = 8

/**
 * What honest data may swell to for nothing, as a multiple of what came: text and JSON seldom do better, a
 * bomb does a hundred times worse.
 */
export const INFLATE_FREE_FACTOR = 8

/** Connections beside the open one that one peer may keep waiting for its end. */
export const SPARES_MAX = 1

/** Control messages, requests and unknown whispers that one connection may send at once; a KiB is one more. */
export const CONTROL_BURST = 256

/** The same for each second. Honest peers send less than one; what is more is ignored. */
export const CONTROL_PER_SECOND = 64

/** Ignored ones at once after which a peer of our kind is cut. py2p sends thousands, and never is. */
export const CONTROL_IGNORED_BURST = 8_192

/** Ignored ones each second that are borne for ever. */
export const CONTROL_IGNORED_PER_SECOND = 256

/**
 * Requests for a peer and answers to them, broadcast by anyone, that a node looks at for each connection
 * that they come by, at once.
 */
export const REQUEST_BURST = 1_024

/** The same for each second. All are passed on; those beyond it we don't answer. */
export const REQUEST_PER_SECOND = 512

/**
 * Messages to be carried for others, words of their arrival, and asks that are taken back, by one connection at
 * once.
 */
export const ERRAND_BURST = 8_192

/** The same for each second: one takes some 50 microseconds, and so they a fifth of a core. */
export const ERRAND_PER_SECOND = 4_096

/** Answers to requests that came by one connection, at once: each goes to the whole network. */
export const ANSWER_BURST = 256

/** The same for each second. */
export const ANSWER_PER_SECOND = 64

/**
 * Milliseconds between two peers messages to one peer. py2p asks for one thousands of times a second
 * while it seeks a peer that is gone.
 */
export const PEER_LIST_INTERVAL_MILLIS = 1_000

/** New peers taken from one peers message: the rest is for the next one. */
export const PEERS_LEARNED_MAX = 64

/** Peer events that a subscriber may be behind; then it loses the oldest. */
export const PEER_EVENTS_MAX = 8_192

/** Peers in the peer book; the longest unseen one leaves first. */
export const PEER_BOOK_MAX_ENTRIES = 4_096

/**
 * Milliseconds from one look through the peer book for whom to dial to the next: a full book takes half a
 * millisecond, and every connection that opens or ends asks for one.
 */
export const DIAL_LOOK_MILLIS = 50

/** First delay of a redial, in milliseconds. */
export const REDIAL_MIN_MILLIS = 200

/** Longest delay of a redial, in milliseconds. */
export const REDIAL_MAX_MILLIS = 30_000

/** Dials in a row that fail until a peer that nobody configured is forgotten. */
export const REDIAL_ATTEMPTS_MAX = 8

/** First delay of an actor's restart, in milliseconds. */
export const RESTART_MIN_MILLIS = 5

/** Longest delay of an actor's restart, in milliseconds. */
export const RESTART_MAX_MILLIS = 5_000

/** Restarts of one actor within `RESTART_WINDOW_MILLIS` that are borne; one more escalates. */
export const RESTART_INTENSITY_MAX = 5

/** Length of the window in which restarts are counted, in milliseconds. */
export const RESTART_WINDOW_MILLIS = 10_000

/** Events of actors that a listener may be behind; then it loses the oldest. */
export const SUPERVISOR_EVENTS_MAX = 1_024

/** Milliseconds that a request for an unknown peer's address waits for its answer. */
export const PEER_REQUEST_TIMEOUT_MILLIS = 5_000

/** Requests for a peer's address under way at once; more are refused to their callers. */
export const PEER_REQUESTS_MAX = 1_024

/** Milliseconds in which a node that stops must have said goodbye; then its sockets are cut. */
export const SHUTDOWN_TIMEOUT_MILLIS = 2_000

/**
 * Bytes of received messages that may wait for one subscriber. One that falls further behind is
 * told so: its stream fails with `SubscriberLaggedError`.
 */
export const SUBSCRIBER_MAX_BYTES = 64 * MIB

/** Senders' ids that are kept at hand, so that each message need not make its own. */
export const RECENT_SENDERS_MAX = 16_384

/** Commands that may wait in the mailbox of an event-sourced actor before callers wait. */
export const MAILBOX_MAX_COMMANDS = 4_096

/** Milliseconds that an ended connection has to get its last frames out. */
export const LINGER_MILLIS = 500

/** Longest name of a protocol, in characters: it travels with each of its messages. */
export const PROTOCOL_NAME_MAX_CHARS = 64

/** Protocols of one node, and so entries of one announcement. No node has use for more. */
export const PROTOCOLS_MAX = 64

/** Highest version of a protocol: two bytes, and no end to it in practice. */
export const PROTOCOL_VERSION_MAX = 65_535

/** Highest flag of a protocol's message: what the header of a message is read up to. */
export const PROTOCOL_FLAG_MAX = 65_535

/** Handlers of one kind of message that run at once, by default. */
export const PROTOCOL_CONCURRENCY = 16

/**
 * Bytes of received messages of one kind that may wait for a handler, about; more are dropped (and asks
 * answered with `Busy`). Two of the largest messages, or some ten thousand small ones.
 */
export const PROTOCOL_BACKLOG_MAX_BYTES = 8 * MIB

/** Problems of protocols that a listener may be behind; then it loses the oldest. */
export const PROTOCOL_PROBLEMS_MAX = 1_024

/** Milliseconds that an ask waits for its answer, by default. */
export const ASK_TIMEOUT_MILLIS = 30_000

/** Asks of one node that wait for their answers; more are refused to their callers. */
export const ASKS_MAX = 16_384

/**
 * Milliseconds that a caller waits for what a new peer announces of its protocols; it comes right behind
 * the handshake. Without it the peer itself has to refuse.
 */
export const ANNOUNCEMENT_TIMEOUT_MILLIS = 1_000

/**
 * Hops that a carried message may take. A mesh of four peers a node reaches a million nodes in ten; more
 * is a loop.
 */
export const CARRY_HOPS_MAX = 16

/** Largest message that is carried, in bytes: others' connections are not ours to fill. */
export const CARRY_MAX_BYTES = 64 * KIB

/** Milliseconds that a carried message waits for the word that it has arrived. */
export const CARRY_TIMEOUT_MILLIS = 5_000

/** Milliseconds for which a node that messages were carried to or from is not sought by dials first. */
export const CARRIED_MEMORY_MILLIS = 60_000

/** Carried messages under way through one node whose way back is remembered. */
export const CARRIES_MAX = 4_096

/**
 * The same, of those that came from one peer: a quarter, so that no peer takes all of the room. One that
 * hears of each arrival within 100 ms can have 10,000 a second carried.
 */
export const CARRIES_PER_PEER_MAX = 1_024

/** Senders for whom a node remembers by which connection their broadcasts come. */
export const ROUTES_MAX = 16_384

/**
 * Milliseconds that a search goes on after somebody has said that a peer can't be dialled: a better answer
 * may be under way.
 */
export const UNDIALABLE_GRACE_MILLIS = 500
/**
 * Log lines of one kind (peers connected, connections refused, …) that a node writes within
 * `LOG_WINDOW_MILLIS`; of the others it tells the number. Enough to follow a network by eye; with lines of
 * 1 KiB at most, a peer that connects in a loop writes 6 KiB/s of each kind.
 */
export const LOG_LINES_MAX = 64

/** Length of the window in which log lines are counted, in milliseconds. */
export const LOG_WINDOW_MILLIS = 10_000

/** Characters of one text in a log line: what a peer says of its end may have 1,024. */
export const LOG_TEXT_MAX_CHARS = 256
