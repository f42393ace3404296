import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Address, AddressError, equals, format, hostPort, parse } from "../../src/domain/Address.ts"
import { HOST_MAX_CHARS } from "../../src/domain/Limits.ts"
import { anyOf, integers, oneOf } from "../suites/Arbitraries.ts"

const hosts = anyOf(
  oneOf("localhost", "127.0.0.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "bücher.example"),
  Arbitrary.schema(
    Schema.String.check(Schema.isPattern(/^[a-z0-9.-]+$/), Schema.isMaxLength(HOST_MAX_CHARS))
  )
)

const addresses = Arbitrary.map(
  Arbitrary.all({
    scheme: oneOf("tcp", "tls", "ws", "wss", "x+y-z.1"),
    host: hosts,
    port: integers(0, 65535)
  }),
  (fields) => new Address(fields)
)

describe("Address", () => {
  it.prop("what is formatted parses to the same", { address: addresses }, ({ address }) => {
    deepStrictEqual(parse(format(address)), Result.succeed(address))
  })

  it.each([
    ["tcp://example.org:80", "tcp", "example.org", 80, "example.org:80"],
    ["ws://127.0.0.1:0", "ws", "127.0.0.1", 0, "127.0.0.1:0"],
    ["wss://[::1]:65535", "wss", "::1", 65535, "[::1]:65535"],
    ["tcp://[fe80::1%eth0]:4444", "tcp", "fe80::1%eth0", 4444, "[fe80::1%eth0]:4444"]
  ])("reads and writes %s", (text, scheme, host, port, shown) => {
    const address = new Address({ scheme, host, port })
    deepStrictEqual(parse(text), Result.succeed(address))
    expect(format(address)).toBe(text)
    expect(String(address)).toBe(text)
    expect(hostPort(address)).toBe(shown)
  })

  it.each([
    ["tcp://a:80/", "tcp://a:80"],
    ["tcp://a:0080", "tcp://a:80"]
  ])("reads %s as %s", (text, canonical) => {
    expect(Result.getOrThrow(parse(text)).toString()).toBe(canonical)
  })

  const shape = "expected scheme://host:port"
  it.each([
    ["", shape],
    ["example.org", shape],
    ["example.org:80", shape],
    ["tcp://example.org", shape],
    ["tcp://example.org:", shape],
    ["tcp://:80", shape],
    ["tcp://[]:80", shape],
    ["tcp://::1:80", shape],
    ["tcp://[::1:80", shape],
    ["tcp://[g::1]:80", shape],
    ["tcp://a b:80", shape],
    ["tcp://user@host:80", shape],
    ["tcp://host:80/path", shape],
    ["tcp://host:80?query", shape],
    ["tcp://host:80#part", shape],
    ["TCP://host:80", shape],
    ["1tcp://host:80", shape],
    ["tcp:/host:80", shape],
    [" tcp://host:80", shape],
    ["tcp://host:-1", shape],
    ["tcp://host:8o", shape],
    ["tcp://host:123456", shape],
    ["tcp://host:65536", "a port beyond 65535"],
    ["tcp://host:99999", "a port beyond 65535"],
    [
      `tcp://${"h".repeat(HOST_MAX_CHARS + 1)}:80`,
      `a host of more than ${HOST_MAX_CHARS} characters`
    ]
  ])("refuses '%s': %s", (text, reason) => {
    const error = Result.getOrThrow(Result.flip(parse(text)))
    expect(error).toBeInstanceOf(AddressError)
    expect(error.reason).toBe(reason)
    expect(error.message).toContain(JSON.stringify(text))
  })

  it("does not repeat a text of any length in its error", () => {
    const error = Result.getOrThrow(Result.flip(parse("x".repeat(100_000))))
    expect(error.text.length).toBe(2 * HOST_MAX_CHARS)
  })

  it.each([
    ["an empty host", { scheme: "tcp", host: "", port: 1 }],
    ["a negative port", { scheme: "tcp", host: "a", port: -1 }],
    ["a port beyond 65535", { scheme: "tcp", host: "a", port: 65536 }],
    ["half a port", { scheme: "tcp", host: "a", port: 1.5 }]
  ])("can't be made with %s", (_, fields) => {
    expect(() => new Address(fields)).toThrow()
  })

  it("is equal in all its parts or not at all", () => {
    const address = new Address({ scheme: "tcp", host: "a", port: 1 })
    expect(equals(address, new Address({ ...address }))).toBe(true)
    for (const other of [{ scheme: "ws" }, { host: "b" }, { port: 2 }]) {
      expect(equals(address, new Address({ ...address, ...other }))).toBe(false)
    }
  })
})
