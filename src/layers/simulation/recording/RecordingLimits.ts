/**
 * How much of a run is recorded, each bound with its unit and its reason. Of what exceeds one the latest is
 * kept, since a run ends soon after something broke.
 *
 * @since 0.1.0
 */

/** Messages: 30 bytes each in a page, so that it stays below 10 MB and opens at once. */
export const MESSAGES_MAX = 250_000

/** Broadcasts that are known by their digest: more than are under way at any time, by far. */
export const BROADCASTS_MAX = 50_000

/** Connections that have ended: each of a thousand nodes may lose a hundred. */
export const CONNECTIONS_MAX = 100_000

/** Faults, begun or at a moment: more than anybody looks through. */
export const FAULTS_MAX = 50_000

/** Lives of nodes that have ended. */
export const LIVES_MAX = 50_000

/** Notes: violations, of which a run keeps twenty, and what a program enters. */
export const NOTES_MAX = 10_000

/** Looks at nodes that found something changed: those of 50 nodes over an hour, 60 bytes each in a page. */
export const STATES_MAX = 150_000

/** Virtual milliseconds between two looks at all nodes, and how much longer that is for each node. */
export const LOOK_MILLIS = 1_000
export const LOOK_MILLIS_PER_NODE = 5

/** Characters of a text: what a line of a page shows. */
export const TEXT_MAX_CHARS = 120

/** Virtual milliseconds that what is under way on a closed connection has to arrive, until it counts as lost. */
export const STRAGGLERS_MILLIS = 30_000
