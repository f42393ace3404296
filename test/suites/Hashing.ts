/**
 * The contract of `services/Hashing.ts`: every adapter must pass it.
 *
 * The digests of these messages are published: FIPS 180-4's examples, and the empty message's of RFC
 * 6234.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Bytes from "../../src/domain/Bytes.ts"
import type { Hasher } from "../../src/domain/Hasher.ts"
import { bytes, integers } from "./Arbitraries.ts"
import { fromHex } from "./Hex.ts"

const LONG = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

const published = [
  ["sha1", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["sha1", LONG, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
  ["sha224", "", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"],
  ["sha224", "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"],
  ["sha224", LONG, "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525"],
  ["sha256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ["sha256", LONG, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"],
  [
    "sha384",
    "",
    "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da" +
      "274edebfe76f65fbd51ad2f14898b95b"
  ],
  [
    "sha384",
    "abc",
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed" +
      "8086072ba1e7cc2358baeca134c825a7"
  ],
  [
    "sha512",
    "",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" +
      "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
  ],
  [
    "sha512",
    "abc",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
  ]
] as const

export const hashingSuite = (name: string, hasher: Hasher) =>
  describe(`${name} as Hashing`, () => {
    it.each(published)("%s of '%s'", (algorithm, message, hex) => {
      expect(Bytes.toHex(hasher.digest(algorithm, Bytes.fromText(message)))).toBe(hex)
    })

    it("digests more than fits any one block", () => {
      const million = new Uint8Array(1_000_000).fill(0x61)
      expect(Bytes.toHex(hasher.digest("sha256", million))).toBe(
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      )
    })

    it.prop("sha256Key is the digest's key", { message: bytes() }, ({ message }) => {
      expect(hasher.sha256Key(message)).toBe(Bytes.toKey(hasher.digest("sha256", message)))
    })

    it.prop(
      "a view is digested, and no more of its memory",
      { before: bytes(1), message: bytes(), after: bytes(1) },
      ({ after, before, message }) => {
        const memory = Bytes.concat([before, message, after])
        const view = memory.subarray(before.length, before.length + message.length)
        expect(hasher.sha256Key(view)).toBe(hasher.sha256Key(message))
        expect(Bytes.toHex(hasher.digest("sha1", view))).toBe(
          Bytes.toHex(hasher.digest("sha1", message))
        )
      }
    )

    it.prop(
      "toKey is Bytes.toKey, for any range of any view",
      { given: bytes(8), offset: integers(0, 4), start: integers(0, 4), end: integers(0, 8) },
      ({ end, given, offset, start }) => {
        const view = given.subarray(offset)
        const last = Math.max(start, Math.min(end, view.length))
        expect(hasher.toKey(view, start, last)).toBe(Bytes.toKey(view, start, last))
      }
    )

    it("toKey follows the memory that it is given, and its changes", () => {
      const first = fromHex("00ff80")
      const second = fromHex("010203")
      expect(hasher.toKey(first, 0, 3)).toBe("\u0000\u00ff\u0080")
      expect(hasher.toKey(second, 0, 3)).toBe("\u0001\u0002\u0003")
      first[1] = 0x7f
      expect(hasher.toKey(first, 0, 3)).toBe("\u0000\u007f\u0080")
    })

    it("a digest is the caller's to keep", () => {
      const first = hasher.digest("sha256", Bytes.fromText("abc"))
      const kept = Bytes.toHex(first)
      hasher.digest("sha256", Bytes.fromText("def"))
      expect(Bytes.toHex(first)).toBe(kept)
    })
  })
