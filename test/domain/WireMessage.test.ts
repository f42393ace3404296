import { describe, expect, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import type { Dialect } from "../../src/domain/Dialect.ts"
import { NodeId } from "../../src/domain/Ids.ts"
import * as MessagePack from "../../src/domain/MessagePack.ts"
import * as WireMessage from "../../src/domain/messages/WireMessage.ts"
import { isList, type Value } from "../../src/domain/Value.ts"
import { messages } from "../suites/Messages.ts"

const DIALECTS: ReadonlyArray<Dialect> = ["str", "bin"]

/** Across the wire: encoded to bytes in a dialect, and decoded again. */
const carried = (message: WireMessage.WireMessage, dialect: Dialect) => {
  const payload = Result.getOrThrow(WireMessage.encode(message, dialect))
  const packed = Result.getOrThrow(MessagePack.encode(payload))
  const unpacked = Result.getOrThrow(MessagePack.decode(packed))
  if (!isList(unpacked)) throw new Error("no payload")
  return WireMessage.decode(WireMessage.mainFlag(message._tag), unpacked)
}

const refusal = (main: number, payload: ReadonlyArray<Value>) =>
  Result.getOrThrow(Result.flip(WireMessage.decode(main, payload)))

describe("WireMessage", () => {
  it("has a generator here for every message", () => {
    const flags = messages.map(([tag]) => tag)
    expect(flags.length).toBe(28)
  })

  describe.each(messages)("%s", (tag, arbitrary) => {
    it.prop("crosses the wire in both dialects", { message: arbitrary }, ({ message }) => {
      expect(message._tag).toBe(tag)
      for (const dialect of DIALECTS) {
        // Not strictly: what is generated may have no prototype, what is decoded has one.
        expect(Result.getOrThrow(carried(message, dialect))).toEqual(message)
      }
    })
  })

  const bin = (text: string) => new TextEncoder().encode(text)
  const id = NodeId.make("me")
  const peers = [{ endpoint: { host: "h", port: 1 }, id }]
  const spelled: ReadonlyArray<
    readonly [
      message: WireMessage.WireMessage,
      str: ReadonlyArray<Value>,
      bin: ReadonlyArray<Value>
    ]
  > = [
    [{ _tag: "PeerList", peers }, [7, [[["h", 1], "me"]]], [7, [[["h", 1], bin("me")]]]],
    [{ _tag: "PeerRequest", requestId: "r", id }, [8, "r", "me"], [8, "r", bin("me")]],
    [{ _tag: "PeerListRequest" }, [8, "*"], [8, bin("*")]],
    [{ _tag: "SyncStore", key: "k", value: "v" }, [11, "k", "v"], [11, "k", "v"]],
    [{ _tag: "SyncStore", key: bin("k"), value: null }, [11, bin("k"), null], [11, bin("k"), null]],
    [{ _tag: "ChordHandshake", leeching: true }, [5, "1"], [5, "1"]],
    [
      { _tag: "ChordRetrieve", table: "sha1", key: "k" },
      [12, "sha1", "k"],
      [12, bin("sha1"), bin("k")]
    ],
    [{ _tag: "KeyRemoved", key: "k" }, [6, "k", "del"], [6, "k", bin("del")]],
    [
      { _tag: "Hello", software: "s", version: 1, minVersion: 1, abilities: ["a"] },
      [0xf0, "s", 1, 1, ["a"]],
      [0xf0, "s", 1, 1, ["a"]]
    ]
  ]

  it.each(spelled)("spells $_tag in either dialect, and reads both", (message, str, bin) => {
    for (const [dialect, payload] of [
      ["str", str],
      ["bin", bin]
    ] as const) {
      deepStrictEqual(WireMessage.encode(message, dialect), Result.succeed(payload))
      const main = WireMessage.mainFlag(message._tag)
      deepStrictEqual(WireMessage.decode(main, payload), Result.succeed(message))
    }
  })

  it.each([
    ["both null", [null, null]],
    ["a host alone", ["h", null]],
    ["a port alone", [null, 1]]
  ])("takes an endpoint of which a part is missing for none: %s", (_, endpoint) => {
    const message = Result.getOrThrow(WireMessage.decode(2, [5, "id", "subnet", endpoint, []]))
    expect(message).toMatchObject({ _tag: "Handshake", endpoint: null })
  })

  it("takes a hello of a later version, which says more", () => {
    const hello = [0xf0, "s", 2, 1, [], "more", { and: "more" }]
    expect(Result.getOrThrow(WireMessage.decode(2, hello))).toEqual({
      _tag: "Hello",
      software: "s",
      version: 2,
      minVersion: 1,
      abilities: []
    })
  })

  const long = "x".repeat(200)
  const end: ReadonlyArray<Value> = ["h", 1]
  it.each([
    ["Handshake.id", 2, [5, 7, "s", end, []], "[1]"],
    ["Handshake.id", 2, [5, "", "s", end, []], `["id"]`],
    ["Handshake.id", 2, [5, long, "s", end, []], `["id"]`],
    ["Handshake.subnet", 2, [5, "i", null, end, []], "[2]"],
    ["Handshake.subnet", 2, [5, "i", "", end, []], `["subnet"]`],
    ["Handshake.endpoint", 2, [5, "i", "s", "h:1", []], "[3]"],
    ["Handshake.host", 2, [5, "i", "s", [7, 1], []], "[3][0]"],
    ["Handshake.host", 2, [5, "i", "s", [long + long, 1], []], `["host"]`],
    ["Handshake.port", 2, [5, "i", "s", ["h"], []], "[3][1]"],
    ["Handshake.port", 2, [5, "i", "s", ["h", -1], []], `["port"]`],
    ["Handshake.port", 2, [5, "i", "s", ["h", 65536], []], `["port"]`],
    ["Handshake.port", 2, [5, "i", "s", ["h", 0.5], []], `["port"]`],
    ["Handshake.methods", 2, [5, "i", "s", end, 7], "[4]"],
    ["Handshake.methods", 2, [5, "i", "s", end, [19, "x"]], "[4][1]"],
    ["Handshake.methods", 2, [5, "i", "s", end, Array(33).fill(19)], "[4]"],
    ["PeerList.peers", 2, [7, {}], "[1]"],
    ["PeerList.peers", 2, [7, Array.from({ length: 1025 }, () => [end, "i"])], "peers"],
    [
      "PeerList.id",
      2,
      [
        7,
        [
          [end, "i"],
          [end, ""]
        ]
      ],
      `["peers"][1]["id"]`
    ],
    ["PeerRequest.requestId", 0, [8, 5, "i"], "[1]"],
    ["PeerRequest.id", 0, [8, "r", 5], "[2]"],
    ["PeerResponse.peer", 0, [10, "r", [end]], "[2][1]"],
    ["PeerListRequest", 2, [8, "?"], "[1]"],
    ["Renegotiation.methods", 1, [1, "zlib"], "[1]"],
    ["SyncStore.key", 0, [11, 5, "v"], "[1]"],
    ["SyncAssociation.owner", 2, [11, "k", "v", null, 5], "[3]"],
    ["SyncAssociation.timestamp", 2, [11, "k", "v", "o", 0.5], `["timestamp"]`],
    ["SyncDelta.key", 0, [17, [], {}], "[1]"],
    ["ChordHandshake.mode", 2, [5, "2"], "[1]"],
    ["ChordStore.table", 2, [11, "md5", "k", "v"], "[1]"],
    ["ChordStore.key", 2, [11, "sha1", 5, "v"], "[2]"],
    ["ChordDelta.table", 2, [17, 1, "k", {}], "[1]"],
    ["ChordRetrieve.key", 2, [12, "sha1", null], "[2]"],
    ["ChordRetrieved.table", 2, [13, "SHA1", "k", "v"], "[1]"],
    ["KeyAdded.key", 0, [6, 7], "[1]"],
    ["KeyRemoved.del", 0, [6, "k", "gone"], "[2]"],
    ["Hello.software", 2, [0xf0, long, 1, 1, []], "[1]"],
    ["Hello.version", 2, [0xf0, "s", 1.5, 1, []], `["version"]`],
    ["Hello.abilities", 2, [0xf0, "s", 1, 1, [7]], "[4][0]"],
    ["Hello", 2, [0xf0, "s"], "[2]"],
    ["Goodbye.reason", 2, [0xf1, long, ""], `["reason"]`],
    ["Goodbye.detail", 2, [0xf1, "Stopping", "x".repeat(1025)], `["detail"]`],
    ["Heartbeat.sequence", 2, [0xf2, "1"], "[1]"],
    ["HeartbeatAck.sequence", 2, [0xf3, 0.5], `["sequence"]`]
  ])("refuses a wrong %s, and says where it is: %#", (_, main, payload, where) => {
    const error = refusal(main, payload)
    expect(error).toBeInstanceOf(WireMessage.MessageError)
    expect(error).toMatchObject({ main, sub: payload[0] })
    expect(error.issue).toContain(where)
  })

  it.each([
    ["an unknown main flag", 9, [5, "1"], 5],
    ["an unknown sub-flag", 2, [0x30, "1"], 0x30],
    ["a message under another's main flag", 0, [5, "1"], 5],
    ["too few elements", 2, [5], 5],
    ["too many", 2, [7, [], []], 7],
    ["no element", 2, [], -1],
    ["a sub-flag of text", 2, ["5", "1"], -1]
  ])("knows no message with %s", (_, main, payload, sub) => {
    expect(refusal(main, payload)).toMatchObject({
      main,
      sub,
      issue: `no message of ${payload.length} elements has these flags`
    })
  })

  it.each(DIALECTS)("refuses to write a field that is wrong (%s)", (dialect) => {
    const wrong: WireMessage.WireMessage = { _tag: "Heartbeat", sequence: 0.5 }
    const error = Result.getOrThrow(Result.flip(WireMessage.encode(wrong, dialect)))
    expect(error).toMatchObject({ main: 2, sub: 0xf2 })
    expect(error.issue).toContain(`["sequence"]`)
  })

  it("refuses to write a value that contains itself", () => {
    const cyclic: { [key: string]: Value } = {}
    cyclic["self"] = cyclic
    const message = { _tag: "UserWhisper", payload: [1, cyclic] } as const
    const error = Result.getOrThrow(Result.flip(WireMessage.encode(message, "str")))
    expect(error.issue).toContain(`["payload"][1]`)
  })
})
