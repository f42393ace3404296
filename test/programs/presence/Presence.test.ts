// Three servers in three processes, and a real HTTP client at each of them.

import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { REQUEST_BODY_MAX_BYTES } from "../../../src/programs/presence/PresenceLimits.ts"
import { killAll, Spawned } from "../Spawned.ts"
import { Reader, Server } from "./Client.ts"

afterAll(killAll)

/** Short, so that a death is noticed soon; far longer than two processes take to talk. */
const LEASE = ["--lease", "1500"]

let one: Server
let two: Server
let three: Server

const join = (server: Server) => ["--join", server.mesh]

beforeAll(async () => {
  one = await new Server("one", ...LEASE, "--lame-duck", "300").ready()
  two = await new Server("two", ...LEASE, ...join(one)).ready()
  three = await new Server("three", ...LEASE, ...join(one), ...join(two)).ready()
  // Whoever watches the first sees the others come.
  const reader = await Reader.of(one)
  const isUp = async (name: string) => {
    const { body } = await one.fetch("GET", "/users")
    if (JSON.stringify(body).includes(`"${name}"`)) return
    await reader.event("ServerUp", ({ server }) => server === name)
  }
  await Promise.all([isUp("two"), isUp("three")])
  reader.leave()
  // And each is connected to both others.
  const isLinked = async (server: Server): Promise<void> => {
    const { body } = await server.fetch("GET", "/health")
    if (body["peers"] !== 2) await isLinked(server)
  }
  await Promise.all([one, two, three].map(isLinked))
})

/** Waits until a server shows a user, by the events or already. */
const shows = async (server: Server, user: string): Promise<void> => {
  const reader = await Reader.of(server)
  const { body } = await server.fetch("GET", "/users")
  if (!JSON.stringify(body).includes(`"${user}"`)) {
    await reader.event("Online", (data) => data["user"] === user)
  }
  reader.leave()
}

describe("three servers", () => {
  it("show who is online at any of them, by REST and by events", async () => {
    const reader = await Reader.of(three)
    const checkedIn = await one.fetch("PUT", "/users/ada", { status: "here" })
    expect(checkedIn).toMatchObject({ status: 200, body: { name: "ada", server: "one" } })
    const online = await reader.event("Online", ({ user }) => user === "ada")
    expect(online.data).toEqual({ _tag: "Online", user: "ada", server: "one", status: "here" })
    const { body } = await three.fetch("GET", "/users")
    expect(body["users"]).toMatchObject([{ name: "ada", status: "here", server: "one" }])
    await one.fetch("PUT", "/users/ada/status", { status: "away" })
    await reader.event("StatusSet", ({ status }) => status === "away")
    expect(await one.fetch("DELETE", "/users/ada")).toMatchObject({ status: 204 })
    await reader.event("Offline", ({ user }) => user === "ada")
    reader.leave()
  })

  it("have a user online for as long as it listens", async () => {
    const watching = await Reader.of(two)
    const listening = await Reader.of(one, "/events?user=lea")
    await watching.event("Online", ({ user }) => user === "lea")
    listening.leave()
    await watching.event("Offline", ({ user }) => user === "lea")
    watching.leave()
  })

  it("pass on what is said, and a reader that comes back misses nothing", async () => {
    const readers = await Promise.all([one, two, three].map((server) => Reader.of(server)))
    await two.fetch("PUT", "/users/ben", {})
    const said = await two.fetch("POST", "/rooms/hall/lines", { user: "ben", text: "hello" })
    expect(said.status).toBe(201)
    for (const reader of readers) {
      const { data } = await reader.event("Said")
      expect(data["line"]).toEqual(said.body)
    }
    for (const server of [one, three]) {
      const { body } = await server.fetch("GET", "/rooms/hall/lines")
      expect(body["lines"]).toEqual([said.body])
    }
    const last = readers[0]?.events.at(-1)?.id
    for (const reader of readers) reader.leave()
    const missed = await two.fetch("POST", "/rooms/hall/lines", { user: "ben", text: "again" })
    const back = await Reader.of(one, "/events", last)
    const again = await back.event("Said")
    expect(again.data["line"]).toEqual(missed.body)
    back.leave()
    const stranger = await Reader.of(one, "/events", "elsewhere-7")
    await stranger.event("Reset")
    stranger.leave()
  })

  it("say what is wrong with a request, in JSON", async () => {
    await shows(one, "ben")
    const bodyOf = (text: string) => ({ user: "ben", text })
    const cases: ReadonlyArray<readonly [string, string, unknown, number, string]> = [
      ["PUT", "/users/ada", { status: 7 }, 400, 'Expected string\n  at ["status"]'],
      ["PUT", "/users/ada", "{", 400, "JSON"],
      ["PUT", "/users/a%20b", {}, 400, '["user"]'],
      ["POST", "/rooms/hall/lines", bodyOf("x".repeat(1_001)), 400, '["text"]'],
      ["GET", "/rooms/hall/lines?limit=0", undefined, 400, '["limit"]'],
      ["GET", "/rooms/cellar/lines", undefined, 404, "cellar"],
      ["DELETE", "/users/nobody", undefined, 404, "nobody"],
      ["GET", "/nowhere", undefined, 404, "/nowhere"],
      ["PUT", "/users/ben", {}, 409, "ben is online at two"],
      ["GET", "/events?user=ben", undefined, 409, "ben is online at two"],
      ["POST", "/rooms/hall/lines", bodyOf("hi"), 409, "ben has to be online"],
      ["PUT", "/users/ada", " ".repeat(REQUEST_BODY_MAX_BYTES + 1), 413, "16384 bytes"]
    ]
    for (const [method, path, payload, status, words] of cases) {
      const answer = await one.fetch(method, path, payload)
      expect([method, path, answer.status]).toEqual([method, path, status])
      expect(answer.body["_tag"]).toBeTypeOf("string")
      expect(answer.body["message"]).toContain(words)
    }
  })

  it("are healthy, and measure what they do", async () => {
    for (const server of [one, two, three]) {
      const { body, status } = await server.fetch("GET", "/health")
      expect([status, body]).toMatchObject([200, { status: "up", server: server.name, peers: 2 }])
    }
    const response = await fetch(`${one.url}/metrics`)
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4")
    const lines = (await response.text()).trimEnd().split("\n")
    const sample = /^[a-zA-Z_:][\w:]*(\{(\w+="([^"\\\n]|\\.)*",?)*\})? (NaN|[+-]Inf|-?[\d.e+-]+)$/
    expect(lines.filter((line) => !line.startsWith("# ") && !sample.test(line))).toEqual([])
    expect(lines).toContain('presence_users_online{where="anywhere"} 1')
    expect(lines).toContain('presence_users_online{where="here"} 0')
    expect(lines).toContain("presence_servers_up 3")
    // The node's own are there without a line of ours.
    expect(lines).toContainEqual(expect.stringMatching(/^p2p_connections_open\{.*\} \d+$/))
    expect(lines).toContain("presence_lines_total 2")
    expect(lines).toContain('presence_http_requests_total{method="PUT",status="413"} 1')
  })

  it("lose the users of one that is killed", async () => {
    await three.fetch("PUT", "/users/cyd", {})
    await Promise.all([shows(one, "cyd"), shows(two, "cyd")])
    const readers = await Promise.all([one, two].map((server) => Reader.of(server)))
    const cut = await Reader.of(three)
    three.program.signal("SIGKILL")
    for (const reader of readers) {
      await reader.event("Offline", ({ user }) => user === "cyd")
      const { data } = await reader.event("ServerDown")
      expect(data).toMatchObject({ server: "three", reason: "Lost" })
      reader.leave()
    }
    expect(await cut.end()).not.toMatchObject({ event: "End" })
    const back = await two.fetch("PUT", "/users/cyd", {})
    expect(back).toMatchObject({ status: 200, body: { server: "two" } })
  })

  it("see one leave that is told to stop, and it ends well", async () => {
    const watching = await Reader.of(two)
    const listening = await Reader.of(one, "/events?user=dan")
    await watching.event("Online", ({ user }) => user === "dan")
    one.program.signal("SIGTERM")
    // It serves on for a while, so that a load balancer can see it go.
    const stopping = async (): Promise<number> => {
      const { status } = await one.fetch("GET", "/health")
      return status === 200 ? stopping() : status
    }
    expect(await stopping()).toBe(503)
    expect(await listening.end()).toMatchObject({ event: "End", data: { reason: "Stopping" } })
    await watching.event("Offline", ({ user }) => user === "dan")
    const { data } = await watching.event("ServerDown")
    expect(data).toMatchObject({ server: "one", reason: "Left" })
    expect(await one.program.exit).toBe(0)
    await expect(fetch(`${one.url}/health`)).rejects.toThrow()
    const { body, status } = await two.fetch("GET", "/health")
    expect([status, body]).toMatchObject([503, { _tag: "Unhealthy", status: "joining", peers: 0 }])
    watching.leave()
  })
})

describe("the command line", () => {
  it("refuses wrong calls", async () => {
    const calls: ReadonlyArray<ReadonlyArray<string>> = [
      ["server", "--name", "a b"],
      ["server", "--join", "tcp://127.0.0.1:0"],
      ["--twice"]
    ]
    const programs = calls.map((args) => ({ args, program: new Spawned("presence", ...args) }))
    for (const { args, program } of programs) {
      expect(await program.exit).toBe(2)
      expect(program.stderr).toContain(
        args
          .slice(-2)
          .join(" ")
          .replace(/^server /, "")
      )
      expect(program.stdout).toBe("")
    }
  })

  it("says so where the port is taken", async () => {
    const { host, port } = new URL(two.url)
    const program = new Spawned("presence", "server", "--http-port", port)
    expect(await program.exit).toBe(1)
    expect(program.stderr).toContain(`can't serve HTTP on ${host}: listen EADDRINUSE`)
    expect(program.stdout).toBe("")
  })

  it("tells the story of three servers", async () => {
    const program = new Spawned("presence", "--once")
    expect(await program.exit).toBe(0)
    expect(program.stdout.match(/http:\/\/127\.0\.0\.1:\d+/g)).toHaveLength(3)
    expect(program.stdout).toMatch(/ada says "Who is there\?" +one( +\d+ ms){3}/)
  })
})
