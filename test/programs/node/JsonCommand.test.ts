import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as JsonCommand from "../../../src/programs/node/JsonCommand.ts"

describe("commands", () => {
  const good: ReadonlyArray<readonly [string, object]> = [
    ['{"cmd":"peers"}', { cmd: "peers" }],
    ['{"cmd":"stop","id":7}', { cmd: "stop", id: 7 }],
    ['{"cmd":"broadcast","payload":[1],"more":2}', { cmd: "broadcast", payload: [1] }],
    [
      ' {"cmd":"send","peer":"x","payload":[],"id":"a"} ',
      {
        cmd: "send",
        peer: "x",
        payload: [],
        id: "a"
      }
    ]
  ]
  it.each(good)("%s is read", (line, expected) => {
    assert.deepEqual(Result.getOrThrow(JsonCommand.parse(line)), expected)
  })

  const bad: ReadonlyArray<readonly [string, string]> = [
    ["hello", "not JSON"],
    ["[".repeat(100_000), "not JSON"],
    [`${"[".repeat(100_000)}1234567890123456${"]".repeat(100_000)}`, "not JSON"],
    ["5", 'an object with a field "cmd" is expected'],
    ["null", 'an object with a field "cmd" is expected'],
    ['["cmd"]', 'an object with a field "cmd" is expected'],
    ['{"cmd":"fly"}', 'unknown cmd "fly"; there are broadcast, send, reply, peers, stop'],
    ['{"cmd":"toString"}', "unknown cmd"],
    ['{"cmd":"__proto__"}', "unknown cmd"],
    ['{"cmd":{"a":1}}', "unknown cmd"],
    ['{"cmd":"broadcast"}', 'broadcast: Missing key at ["payload"]'],
    ['{"cmd":"broadcast","payload":{}}', '["payload"]'],
    ['{"cmd":"send","peer":5,"payload":[]}', '["peer"]'],
    ['{"cmd":"send","peer":"","payload":[]}', '["peer"]'],
    ['{"cmd":"reply","payload":[]}', '["to"]'],
    ['{"cmd":"peers","id":{}}', '["id"]']
  ]
  it.each(bad)("%s is refused, and says why", (line, expected) => {
    const result = JsonCommand.parse(line)
    assert.isTrue(Result.isFailure(result))
    if (Result.isFailure(result)) assert.include(result.failure.message, expected)
  })

  it("that are refused are known by their id", () => {
    const result = JsonCommand.parse('{"cmd":"fly","id":"a"}')
    const error = Result.isFailure(result) ? result.failure : undefined
    assert.strictEqual(error !== undefined && "id" in error ? error.id : undefined, "a")
  })
})
