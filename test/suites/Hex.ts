/** Bytes as tests write them. */

/** The bytes of hexadecimal digits; blanks between them are for the reader. */
export const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(/\s+/g, "").match(/../g) ?? [], (byte) =>
    Number.parseInt(byte, 16)
  )
