import { describe, expect, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Base58 from "../../src/domain/Base58.ts"
import * as Bytes from "../../src/domain/Bytes.ts"
import * as Ids from "../../src/domain/Ids.ts"
import { ID_MAX_CHARS } from "../../src/domain/Limits.ts"
import * as NodeHashing from "../../src/layers/NodeHashing.ts"
import * as PureHashing from "../../src/layers/PureHashing.ts"
import { fromHex } from "../suites/Hex.ts"

describe.each([
  ["NodeHashing", NodeHashing.hasher],
  ["PureHashing", PureHashing.hasher]
])("Ids by %s", (_, hasher) => {
  // The ids that the wire document gives, and that live nodes of the old kinds were seen to use.
  it.each([
    ["mesh", "Plaintext", "EpAmyZWv9rZUKmjQgU3FTUD4GrJHvVEXizmghVBc8eGD"],
    ["chord", "Plaintext", "7vVFRufXm7t4vppy5LoCeXJznBnahNRjnmsRkbVYet5z"],
    ["sync1", "Plaintext", "p7sAnBsK3n5enFXH7vEGQjzS6t6RH1CeEoYekNjr5Jn"]
  ] as const)("makes the id of the subnet %s/%s", (subnet, encryption, id) => {
    expect(Ids.subnetId(hasher, subnet, encryption)).toBe(id)
  })

  it("gives each subnet and encryption an id of its own", () => {
    const all = (["Plaintext", "SSL", "ws", "wss"] as const).flatMap((encryption) =>
      ["mesh", "chord", "sync0", "sync1"].map((name) => Ids.subnetId(hasher, name, encryption))
    )
    expect(new Set(all).size).toBe(16)
  })

  it("makes a node's id of its address, its subnet and its salt", () => {
    const subnet = Ids.subnetId(hasher, "mesh", "Plaintext")
    const salt = fromHex("00ff80")
    const digest = hasher.digest(
      "sha384",
      Bytes.concat([Bytes.fromText(`127.0.0.1:4444${subnet}`), salt])
    )
    const id = Ids.nodeId(hasher, "127.0.0.1:4444", subnet, salt)
    expect(id).toBe(Base58.encode(digest))
    const others = [
      Ids.nodeId(hasher, "127.0.0.1:4445", subnet, salt),
      Ids.nodeId(hasher, "127.0.0.1:4444", Ids.subnetId(hasher, "mesh", "SSL"), salt),
      Ids.nodeId(hasher, "127.0.0.1:4444", subnet, fromHex("00ff81")),
      Ids.nodeId(hasher, "", subnet, salt)
    ]
    expect(new Set([id, ...others]).size).toBe(5)
  })

  it("makes a message's id of its digest", () => {
    expect(Ids.messageId(fromHex("00000061"))).toBe("2g")
  })
})

describe("the schema of an id", () => {
  it.each([
    ["nothing", "", false],
    ["one character", "1", true],
    ["as many as allowed", "x".repeat(ID_MAX_CHARS), true],
    ["one more", "x".repeat(ID_MAX_CHARS + 1), false]
  ])("judges %s", (_, text, isId) => {
    for (const schema of [Ids.NodeId, Ids.SubnetId, Ids.MessageId]) {
      expect(Result.isSuccess(Schema.decodeUnknownResult(schema)(text))).toBe(isId)
    }
  })
})
