import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import * as Base58 from "../../src/domain/Base58.ts"
import { bytes, thorough } from "../suites/Arbitraries.ts"
import { fromHex } from "../suites/Hex.ts"

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

/** The integer itself, by schoolbook arithmetic: what the text must stand for. */
const numberOf = (digits: Iterable<number>, base: bigint) => {
  let number = 0n
  for (const digit of digits) number = number * base + BigInt(digit)
  return number
}

const withoutLeadingZeros = (given: Uint8Array) => {
  const first = given.findIndex((byte) => byte !== 0)
  return first === -1 ? new Uint8Array(0) : given.slice(first)
}

describe("Base58", () => {
  it.each([
    ["61", "2g"],
    ["626262", "a3gV"],
    ["516b6fcd0f", "ABnLTmg"],
    ["ecac89cad93923c02321", "EJDM8drfXA6uyA"],
    ["73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"],
    ["39", "z"],
    ["3a", "21"]
  ])("writes %s as %s, and reads it", (hex, text) => {
    expect(Base58.encode(fromHex(hex))).toBe(text)
    deepStrictEqual(Base58.decode(text), Result.succeed(fromHex(hex)))
  })

  // Unlike Bitcoin's form, it is one big integer: it has no leading zeros, and zero is a digit.
  it.each([
    ["", "1"],
    ["00", "1"],
    ["00000000", "1"],
    ["000061", "2g"]
  ])("drops the leading zeros of '%s'", (hex, text) => {
    expect(Base58.encode(fromHex(hex))).toBe(text)
  })

  it("reads zero, and leading zeros, as nothing", () => {
    deepStrictEqual(Base58.decode("1"), Result.succeed(new Uint8Array(0)))
    deepStrictEqual(Base58.decode("111z"), Result.succeed(fromHex("39")))
  })

  it.prop(
    "writes the integer of the bytes, and reads it back",
    { given: bytes() },
    ({ given }) => {
      const text = Base58.encode(given)
      expect(
        numberOf(
          Array.from(text, (digit) => ALPHABET.indexOf(digit)),
          58n
        )
      ).toBe(numberOf(given, 256n))
      deepStrictEqual(Base58.decode(text), Result.succeed(withoutLeadingZeros(given)))
    },
    thorough(64, 200)
  )

  it.each(["0", "O", "I", "l", "abc d", "-1", "é", "a".repeat(500) + "+"])(
    "refuses '%s'",
    (text) => {
      const error = Result.getOrThrow(Result.flip(Base58.decode(text)))
      expect(error).toBeInstanceOf(Base58.Base58Error)
      expect(error.text).toBe(text.slice(0, 128))
    }
  )
})
