import { describe, expect, it } from "@effect/vitest"
import { APPLICATION_FIRST, Control, Main, Method, Sub } from "../../src/domain/Flags.ts"

/** The lists of the wire document, as it writes them. */
const documented = {
  Main: "broadcast 0x00, renegotiate 0x01, whisper 0x02, ping 0x03, pong 0x04",
  Sub:
    "broadcast 0x00, compression 0x01, whisper 0x02, ping 0x03, pong 0x04, handshake 0x05, " +
    "notify 0x06, peers 0x07, request 0x08, resend 0x09, response 0x0A, store 0x0B, " +
    "retrieve 0x0C, retrieved 0x0D, forward 0x0E, new_paths 0x0F, revoke_paths 0x10, delta 0x11",
  Method:
    "bz2 0x10, gzip 0x11, lzma 0x12, zlib 0x13, bwtc 0x14, context1 0x15, defsum 0x16, dmc 0x17, " +
    "fenwick 0x18, huffman 0x19, lzjb 0x1A, lzjbr 0x1B, lzp3 0x1C, mtf 0x1D, ppmd 0x1E, " +
    "simple 0x1F, snappy 0x20"
}

const camelCase = (name: string) =>
  name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())

const read = (list: string) =>
  Object.fromEntries(
    list.split(", ").map((entry) => {
      const [name = "", code] = entry.split(" ")
      return [camelCase(name), Number(code)]
    })
  )

describe("Flags", () => {
  it.each([
    ["main flags", Main, documented.Main],
    ["sub-flags", Sub, documented.Sub],
    ["compression methods", Method, documented.Method]
  ])("has the wire document's %s, and no other", (_, flags, list) => {
    expect({ ...flags }).toEqual(read(list))
  })

  it("keeps its own messages out of 0.7's range, in one byte, and apart", () => {
    const codes = Object.values(Control)
    expect(APPLICATION_FIRST).toBe(0x30)
    expect(codes.every((code) => code >= APPLICATION_FIRST && code <= 0xff)).toBe(true)
    expect(new Set(codes).size).toBe(codes.length)
  })
})
