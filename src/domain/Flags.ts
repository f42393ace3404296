/**
 * The command codes of the wire protocol. Source: the 0.7 wire protocol, "Flags".
 *
 * @since 0.1.0
 */

/** First element of a message: how it travels. */
export const Main = {
  broadcast: 0x00,
  renegotiate: 0x01,
  whisper: 0x02,
  ping: 0x03,
  pong: 0x04
} as const

/** First element of a message's payload: what it is about. */
export const Sub = {
  broadcast: 0x00,
  compression: 0x01,
  whisper: 0x02,
  ping: 0x03,
  pong: 0x04,
  handshake: 0x05,
  notify: 0x06,
  peers: 0x07,
  request: 0x08,
  resend: 0x09,
  response: 0x0a,
  store: 0x0b,
  retrieve: 0x0c,
  retrieved: 0x0d,
  forward: 0x0e,
  newPaths: 0x0f,
  revokePaths: 0x10,
  delta: 0x11
} as const

/** Compression methods; those marked in `Compression.ts` are the ones that we speak. */
export const Method = {
  bz2: 0x10,
  gzip: 0x11,
  lzma: 0x12,
  zlib: 0x13,
  bwtc: 0x14,
  context1: 0x15,
  defsum: 0x16,
  dmc: 0x17,
  fenwick: 0x18,
  huffman: 0x19,
  lzjb: 0x1a,
  lzjbr: 0x1b,
  lzp3: 0x1c,
  mtf: 0x1d,
  ppmd: 0x1e,
  simple: 0x1f,
  snappy: 0x20
} as const

/** First code that 0.7 leaves to applications; all below are the protocol's. */
export const APPLICATION_FIRST = 0x30

/**
 * The sub-flags of our own control messages. They lie at the end of one byte's range, so that a
 * protocol of a user's can count up from 0x30 for long.
 */
export const Control = {
  hello: 0xf0,
  goodbye: 0xf1,
  heartbeat: 0xf2,
  heartbeatAck: 0xf3,
  announcement: 0xf4,
  answer: 0xf5,
  cancel: 0xf6,
  carry: 0xf7,
  carried: 0xf8
} as const

/** The range of our own control messages, those to come included: no application's, either. */
export const CONTROL_FIRST = 0xf0
export const CONTROL_LAST = 0xff
