/** Every type of value that MessagePack has, in each of the sizes that it has a spelling for. */

import type { Json, Software } from "./harness.ts"

export interface ValueCase {
  readonly type: string
  readonly value: Json
  /** What js2p makes of it, if not the same: it reads every number into a double. */
  readonly inJs2p?: Json
}

const bytes = (length: number): Json => ({ $bytes: Buffer.alloc(length, 0xc1).toString("base64") })
const text = (length: number): Json => "x".repeat(length)
const list = (length: number): Json => Array.from({ length }, (_, index) => index)
const map = (length: number): Json =>
  Object.fromEntries(Array.from({ length }, (_, index) => [`key ${index}`, index]))

/**
 * js2p sends integers outside of 32 bits as float 64, except for those that the driver gives it as
 * 64-bit ones ($int). Neither old node can send float 32, and py2p turns the extension -1
 * (timestamp) into a date: these are for the tests of recorded frames.
 */
export const valueCases: ReadonlyArray<ValueCase> = [
  { type: "nil", value: null },
  { type: "false", value: false },
  { type: "true", value: true },
  { type: "positive fixint, least", value: 0 },
  { type: "positive fixint, greatest", value: 0x7f },
  { type: "uint 8", value: 0xff },
  { type: "uint 16", value: 0xffff },
  { type: "uint 32", value: 0xffff_ffff },
  { type: "uint 64, least", value: 0x1_0000_0000 },
  { type: "uint 64, greatest exact in a double", value: 2 ** 53 - 1 },
  { type: "uint 64, inexact in a double", value: { $int: "9007199254740993" }, inJs2p: 2 ** 53 },
  { type: "uint 64, greatest", value: { $int: "18446744073709551615" }, inJs2p: 2 ** 64 },
  { type: "negative fixint", value: -0x20 },
  { type: "int 8", value: -0x80 },
  { type: "int 16", value: -0x8000 },
  { type: "int 32", value: -0x8000_0000 },
  { type: "int 64, least exact in a double", value: -(2 ** 53 - 1) },
  { type: "int 64, inexact in a double", value: { $int: "-9007199254740993" }, inJs2p: -(2 ** 53) },
  { type: "int 64, least", value: { $int: "-9223372036854775808" }, inJs2p: -(2 ** 63) },
  { type: "float 64", value: 0.1 },
  { type: "float 64, great", value: 1e300 },
  { type: "float 64, infinite", value: { $float: "-Infinity" } },
  { type: "float 64, not a number", value: { $float: "NaN" } },
  { type: "fixstr, empty", value: "" },
  { type: "fixstr, two and four bytes a letter", value: "é, 测试, 😀" },
  { type: "str 8", value: text(0x20) },
  { type: "str 16", value: text(0x100) },
  { type: "str 32", value: text(0x1_0000) },
  { type: "bin 8, empty", value: bytes(0) },
  { type: "bin 8", value: { $bytes: "AP+AAQ==" } },
  { type: "bin 16", value: bytes(0x100) },
  { type: "bin 32", value: bytes(0x1_0000) },
  { type: "fixarray, empty", value: [] },
  { type: "fixarray", value: [1, "two", { $bytes: "Aw==" }, null] },
  { type: "array 16", value: list(0x10) },
  { type: "array 32", value: list(0x1_0000) },
  { type: "fixmap, empty", value: {} },
  { type: "fixmap", value: { "": null, ключ: true } },
  { type: "map 16", value: map(0x10) },
  { type: "nested", value: [[[]], { a: [{ b: { c: [null, { $bytes: "" }] } }] }] },
  { type: "fixext 1", value: { $ext: { type: 0x30, data: "AQ==" } } },
  { type: "fixext 16", value: { $ext: { type: 0x7f, data: "AAECAwQFBgcICQoLDA0ODw==" } } },
  { type: "ext 8, of a negative type", value: { $ext: { type: -2, data: "AQID" } } }
]

/** What a node of some software delivers where `value` was sent. */
export const asHeardBy = (software: Software, { value, inJs2p = value }: ValueCase): Json =>
  software === "js2p" ? inJs2p : value
