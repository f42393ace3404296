"use strict"

// Hosts one js2p node: commands on stdin, events on stdout, a line of JSON each (README.md here
// lists them). js2p 0.7.870 runs on the Node that runs our own tests.

const { createInterface } = require("node:readline")
const { parseArgs } = require("node:util")

// js2p writes its complaints with console.log; stdout belongs to the events.
console.log = console.error
console.warn = console.error

const js2p = require("js2p")
// What msgpack-lite, js2p's coder, takes for 64-bit integers and for extensions.
const { Int64BE, Uint64BE } = require("int64-buffer")
const { ExtBuffer } = require("msgpack-lite/lib/ext-buffer")

const REMEMBERED_MESSAGES = 1_000

const { values: options } = parseArgs({
  options: {
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string" },
    kind: { type: "string", default: "mesh" },
    subnet: { type: "string", default: "mesh" },
    encryption: { type: "string", default: "Plaintext" }
  }
})

const emit = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)

const emitError = (error, cmd) =>
  emit({
    event: "error",
    ...(cmd === undefined ? {} : { cmd }),
    message: error instanceof Error ? (error.stack ?? error.message) : String(error)
  })

/** Any value that js2p delivers. Its integers are doubles: beyond 2^53 they come rounded. */
const toJson = (value) => {
  if (value === undefined || value === null) return null
  if (typeof value === "number" && !Number.isFinite(value)) return { $float: String(value) }
  if (typeof value !== "object") return value
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") }
  if (value instanceof ExtBuffer) {
    const [type] = Int8Array.of(value.type) // js2p has them from 0 to 255
    return { $ext: { type, data: value.buffer.toString("base64") } }
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]))
}

const toInt64 = (digits) => (digits.startsWith("-") ? new Int64BE(digits) : new Uint64BE(digits))

const fromJson = (value) => {
  if (value === null || typeof value !== "object") return value
  if (Array.isArray(value)) return value.map(fromJson)
  if (typeof value.$bytes === "string") return Buffer.from(value.$bytes, "base64")
  if (typeof value.$int === "string") return toInt64(value.$int)
  if (typeof value.$float === "string") return Number(value.$float)
  if (typeof value.$ext === "object") {
    const [type] = Uint8Array.of(value.$ext.type)
    return new ExtBuffer(Buffer.from(value.$ext.data, "base64"), type)
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromJson(item)]))
}

/** What our own addresses begin with, by what js2p calls the protection. */
const scheme = { Plaintext: "tcp", SSL: "tls", ws: "ws", wss: "wss" }[options.encryption]

const { broadcast, whisper } = js2p.base.flags
const flagNames = new Map([
  [broadcast, "broadcast"],
  [whisper, "whisper"]
])

// Each kind of node: how to make it. Commands that only one kind knows belong here as well.
const kinds = {
  mesh: (host, port, protocol) => new js2p.mesh.MeshSocket(host, port, protocol)
}

const host = options.host
const port = Number(options.port)
const node = kinds[options.kind](
  host,
  port,
  new js2p.base.Protocol(options.subnet, options.encryption)
)

// ---- Events. js2p only tells of its first peer, so the driver looks over its shoulder.

const connected = new Set()

const addressOf = (conn) => (conn.addr ? `${scheme}://${conn.addr[0]}:${conn.addr[1]}` : null)

const enterTable = node.move_to_routing_table.bind(node)
node.move_to_routing_table = (key, conn) => {
  enterTable(key, conn)
  const id = String(key)
  if (connected.has(id)) return // js2p sends its handshake twice
  connected.add(id)
  emit({ event: "peer", state: "connected", id, address: addressOf(conn) })
}

const leaveTable = node.routing_table.delete.bind(node.routing_table)
node.routing_table.delete = (key) => {
  const id = String(key)
  const left = leaveTable(key)
  if (left && connected.delete(id)) emit({ event: "peer", state: "disconnected", id })
  return left
}

const remembered = new Map()

node.on("message", () => {
  for (let message = node.recv(); message !== undefined; message = node.recv()) {
    const id = message.id.toString("hex")
    remembered.set(id, message)
    if (remembered.size > REMEMBERED_MESSAGES) remembered.delete(remembered.keys().next().value)
    emit({
      event: "message",
      id,
      sender: String(message.sender),
      flag: flagNames.get(message.packets[0]),
      payload: message.packets.slice(1).map(toJson)
    })
  }
})

// What js2p swallows (it also drops the connection): its own list of exceptions.
node.exceptions.push = (...errors) => {
  for (const error of errors) emitError(error)
  return Array.prototype.push.apply(node.exceptions, errors)
}

node.incoming.on("listening", () =>
  emit({ event: "listening", address: `${scheme}://${host}:${port}`, id: node.id })
)
node.incoming.on("error", (error) => {
  emitError(error)
  process.exitCode = 1
})

// ---- Commands.

const connectionTo = (peer) => {
  // The table's keys are as the peer sent its id: text or bytes.
  for (const [key, conn] of node.routing_table) if (String(key) === peer) return conn
  throw new Error(`no peer ${peer}`)
}

const messageOf = (id) => {
  const message = remembered.get(id)
  if (message === undefined) throw new Error(`no message ${id}`)
  return message
}

const commands = {
  broadcast: ({ payload }) => node.send(payload.map(fromJson)),
  send: ({ peer, payload }) =>
    connectionTo(peer).send(whisper, [whisper, ...payload.map(fromJson)]),
  reply: ({ to, payload }) => messageOf(to).reply(payload.map(fromJson)),
  peers: () =>
    emit({
      event: "peers",
      peers: Array.from(node.routing_table, ([key, conn]) => ({
        id: String(key),
        address: addressOf(conn)
      }))
    }),
  connect: (command) => {
    const refused = node.connect(command.host, command.port)
    if (refused !== undefined) throw new Error(`js2p refused to dial ${command.host}`)
  },
  stop: () => {
    node.close()
    process.exit()
  }
}

process.on("uncaughtException", (error) => {
  emitError(error)
  process.exit(1)
})

const lines = createInterface({ input: process.stdin })
lines.on("line", (line) => {
  const command = JSON.parse(line)
  try {
    const run = commands[command.cmd]
    if (run === undefined) throw new Error(`unknown command`)
    run(command)
  } catch (error) {
    emitError(error, command.cmd)
  }
})
lines.on("close", () => process.exit())
