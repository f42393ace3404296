import { afterAll, assert, describe, test } from "@effect/vitest"
import { ANYWHERE, startNode, stop } from "./SpawnedNode.ts"
import { killAll, Spawned } from "./Spawned.ts"

afterAll(killAll)

/** Two nodes that have shaken hands. */
const startPair = async () => {
  const one = await startNode("--listen", ANYWHERE)
  const two = await startNode("--listen", ANYWHERE, "--join", one.address)
  await one.node.event("peer", ({ id }) => id === two.id)
  await two.node.event("peer", ({ id }) => id === one.id)
  return { one, two }
}

describe("p2p node --json", () => {
  test("says where it listens, and who its peers are", async () => {
    const { one, two } = await startPair()
    const [first] = one.node.events
    assert.deepStrictEqual(first, { event: "listening", address: one.address, id: one.id })
    assert.match(one.address, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/)
    one.node.tell({ cmd: "peers", id: "q" })
    assert.deepStrictEqual(await one.node.event("peers"), {
      event: "peers",
      id: "q",
      peers: [{ id: two.id, address: two.address, subnet: "mesh", role: "Accepted", kind: "Ours" }]
    })
    await stop(two)
    const left = await one.node.event("peer", ({ state }) => state === "disconnected")
    assert.include(left, { id: two.id, reason: "Stopping", by: "Peer" })
    await stop(one)
  })

  test("delivers a broadcast, a whisper and a reply, each with any value", async () => {
    const { one, two } = await startPair()
    const values = [
      null,
      [1, -0.5, "é"],
      { $bytes: "AP8=" },
      { $int: "18446744073709551615" },
      { $float: "NaN" },
      { $ext: { type: 48, data: "AQ==" } },
      { $map: [[1, { $map: [["$int", "1"]] }]] }
    ]
    one.node.tell({ cmd: "broadcast", payload: ["all", ...values] })
    const heard = await two.node.event("message")
    assert.deepInclude(heard, { sender: one.id, flag: "broadcast", payload: ["all", ...values] })
    two.node.tell({ cmd: "reply", to: heard.id, payload: ["answer", ...values] })
    const answer = await one.node.event("message")
    assert.deepInclude(answer, { sender: two.id, flag: "whisper", payload: ["answer", ...values] })
    one.node.tell({ cmd: "send", peer: two.id, payload: ["thanks"] })
    const thanks = await two.node.event("message", ({ flag }) => flag === "whisper")
    assert.deepInclude(thanks, { sender: one.id, payload: ["thanks"] })
    await Promise.all([stop(one), stop(two)])
  })

  test("gets out what it was told right before it stops", async () => {
    const { one, two } = await startPair()
    const numbers = Array.from({ length: 500 }, (_, i) => i)
    const lines = numbers.map((i) => JSON.stringify({ cmd: "broadcast", payload: [i] }))
    one.node.write(`${lines.join("\n")}\n{"cmd":"stop"}`)
    one.node.endInput()
    await two.node.event("message", ({ payload }) => payload[0] === numbers.at(-1))
    await two.node.event("peer", ({ state }) => state === "disconnected")
    assert.deepStrictEqual(
      two.node.events.flatMap((event) => (event.event === "message" ? event.payload : [])),
      numbers
    )
    assert.strictEqual(await one.node.exit, 0)
    await stop(two)
  })

  test("lives on after lines that are no good", async () => {
    const { one, two } = await startPair()
    const { node } = one
    const lines: ReadonlyArray<readonly [string, string]> = [
      ["hello", "JsonTextError"],
      ['{"cmd":"fly","id":1}', "CommandError"],
      ['{"cmd":"send","id":"a","payload":[]}', "CommandError"],
      ['{"cmd":"broadcast","payload":[12345678901234567890]}', "JsonTextError"],
      ['{"cmd":"broadcast","payload":[{"$int":"x"}],"id":2}', "JsonValueError"],
      [`{"cmd":"broadcast","payload":[${"[".repeat(99)}${"]".repeat(99)}]}`, "JsonValueError"],
      ['{"cmd":"broadcast","payload":[{"__proto__":1}]}', "JsonValueError"],
      ['{"cmd":"reply","to":"nothing","payload":[],"id":3}', "UnknownMessageError"],
      ['{"cmd":"send","peer":"nobody","payload":[],"id":4}', "UnreachableError"]
    ]
    for (const [line] of lines) node.write(`${line}\n`)
    node.write(Uint8Array.of(0xff, 0x0a))
    // Longer than any line may be; nothing of it is kept.
    const megabyte = "x".repeat(1024 * 1024)
    for (let i = 0; i < 17; i++) node.write(megabyte)
    node.write("\n\n")
    node.tell({ cmd: "broadcast", payload: ["still here"] })
    const heard = await two.node.event("message")
    assert.deepInclude(heard, { payload: ["still here"] })
    const errors = node.events.filter(({ event }) => event === "error")
    assert.deepStrictEqual(
      errors.map((event) => (event.event === "error" ? event.error : "")),
      [...lines.map(([, error]) => error), "LineError", "LineError"]
    )
    assert.deepStrictEqual(
      errors.flatMap((event) => ("id" in event ? [event.id] : [])),
      [1, "a", 2, 3, 4]
    )
    await Promise.all([stop(one), stop(two)])
  })

  test("answers other commands while it looks for the receiver of a reply", async () => {
    const { one, two } = await startPair()
    two.node.tell({ cmd: "broadcast", payload: ["I am off"] })
    const { id } = await one.node.event("message")
    await stop(two)
    await one.node.event("peer", ({ state }) => state === "disconnected")
    one.node.tell({ cmd: "reply", to: id, payload: ["too late"], id: "reply" })
    one.node.tell({ cmd: "peers" })
    await one.node.event("peers")
    await stop(one)
  })

  test("is a bridge when it is in two subnets", async () => {
    const bridge = await startNode("--listen", ANYWHERE, "--subnet", "north", "--subnet", "south")
    const north = await startNode("--join", bridge.address, "--subnet", "north")
    const south = await startNode("--join", bridge.address, "--subnet", "south")
    for (const { id } of [north, south]) await bridge.node.event("peer", (peer) => peer.id === id)
    const { node } = south
    await node.event("peer")
    north.node.tell({ cmd: "broadcast", payload: ["over"] })
    assert.deepInclude(await node.event("message"), { sender: north.id, payload: ["over"] })
    await Promise.all([stop(north), stop(south), stop(bridge)])
  })

  test("tells of peers that refuse it and of addresses that nobody answers at", async () => {
    const other = await startNode("--listen", ANYWHERE, "--subnet", "other")
    const gone = await startNode("--listen", ANYWHERE)
    await stop(gone)
    const { node } = await startNode("--join", other.address, "--join", gone.address)
    const refused = await node.event("refused")
    assert.include(refused, { address: other.address, role: "Dialled" })
    assert.include(await node.event("unreachable"), { address: gone.address })
    assert.isFalse(node.events.some(({ event }) => event === "error"))
    await Promise.all([stop({ node }), stop(other)])
  })

  for (const ending of ["SIGINT", "SIGTERM", "the end of its input"] as const) {
    test(`says goodbye on ${ending}`, async () => {
      const { one, two } = await startPair()
      if (ending === "the end of its input") two.node.endInput()
      else two.node.signal(ending)
      assert.strictEqual(await two.node.exit, 0)
      const left = await one.node.event("peer", ({ state }) => state === "disconnected")
      assert.include(left, { id: two.id, reason: "Stopping", by: "Peer" })
      await stop(one)
    })
  }

  test("says which address it can't listen on", async () => {
    const { address, node } = await startNode("--listen", ANYWHERE)
    const rival = new Spawned("p2p", "node", "--json", "--listen", address)
    assert.strictEqual(await rival.exit, 1)
    assert.include(rival.stderr, address)
    assert.include(rival.stderr, "EADDRINUSE")
    assert.include(await rival.event("error"), { error: "TransportError" })
    await stop({ node })
  })
})

describe("p2p node", () => {
  test("broadcasts what is typed, and shows messages and peers", async () => {
    const one = await startNode("--listen", ANYWHERE)
    const person = new Spawned("p2p", "node", "--join", one.address)
    await person.line(`+ ${one.id.slice(0, 8)} at ${one.address}`)
    const { id } = await one.node.event("peer")
    person.write("hello\n")
    assert.deepInclude(await one.node.event("message"), { sender: id, payload: ["hello"] })
    one.node.tell({ cmd: "broadcast", payload: ["hi \u001b[31m"] })
    one.node.tell({ cmd: "send", peer: id, payload: [1, { $bytes: "AA==" }] })
    await person.line(`${one.id.slice(0, 8)}: hi \\u001b[31m`)
    await person.line(`${one.id.slice(0, 8)} (to you): [1,{"$bytes":"AA=="}]`)
    // Nobody types any more; that is no reason to leave.
    person.endInput()
    await stop(one)
    await person.line(`- ${one.id.slice(0, 8)}: it left: Stopping`)
    person.signal("SIGINT")
    assert.strictEqual(await person.exit, 0)
    assert.strictEqual(person.stderr, "")
  })
})

describe("p2p", () => {
  const helps = [["--help"], ["node", "--help"]]
  test.for(helps)("%j shows help", async (args) => {
    const program = new Spawned("p2p", ...args)
    assert.strictEqual(await program.exit, 0)
    assert.include(program.stdout, "USAGE")
    if (args.length > 1) assert.include(program.stdout, "--listen")
    assert.strictEqual(program.stderr, "")
  })

  const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, ReadonlyArray<string>]> = [
    [
      ["--listen", "nowhere"],
      ["--listen", "nowhere", "scheme://host:port"]
    ],
    [
      ["--join", "tcp://127.0.0.1:99999"],
      ["--join", "tcp://127.0.0.1:99999", "65535"]
    ],
    [
      ["--listen", "pigeon://coop:1"],
      ["--listen", "pigeon://coop:1", "tcp"]
    ],
    [
      ["--join", "tcp://127.0.0.1:0"],
      ["--join", "port 0"]
    ],
    [
      ["--subnet", ""],
      ["--subnet", "name"]
    ],
    [["--listen"], ["--listen"]],
    [
      ["--lisen", "tcp://127.0.0.1:0"],
      ["--lisen", "--listen"]
    ],
    [["hello"], ["hello"]]
  ]
  test.for(wrong)("%j is called wrong", async ([args, parts]) => {
    const program = new Spawned("p2p", "node", ...args)
    assert.strictEqual(await program.exit, 2)
    for (const part of parts) assert.include(program.stderr, part)
    assert.strictEqual(program.stdout, "")
  })
})
