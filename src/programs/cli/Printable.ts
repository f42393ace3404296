/**
 * Texts from elsewhere, made fit for a terminal.
 *
 * @since 0.1.0
 */

/** Characters of an id that are shown: enough to tell the nodes of a network apart. */
const SHORT_ID_CHARS = 8

/** Characters of a text that are shown. */
const SHOWN_CHARS_MAX = 2_000

/** What could move the cursor, recolour the screen or reorder a line: controls and bidirectional marks. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** A text of bounded length that does nothing to a terminal but show. */
export const printable = (text: string): string => {
  const shown = text.slice(0, SHOWN_CHARS_MAX).replaceAll(UNSAFE, escape)
  const rest = text.length - SHOWN_CHARS_MAX
  return rest > 0 ? `${shown}… (${rest} characters more)` : shown
}

/** The beginning of an id. */
export const shortId = (id: string): string => printable(id.slice(0, SHORT_ID_CHARS))
