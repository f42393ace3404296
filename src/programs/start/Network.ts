/**
 * The demonstration's network: its members by name, what they say to each other, and all of it told as it
 * happens.
 *
 * @since 0.1.0
 */
import { styleText } from "node:util"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Address } from "../../domain/Address.ts"
import type { NodeId } from "../../domain/Ids.ts"
import type { PeerEvent } from "../../domain/PeerEvent.ts"
import type { Message } from "../../services/Mesh.ts"
import { Output } from "../cli/Output.ts"
import { printable, shortId } from "../cli/Printable.ts"
import * as Chronicle from "./Chronicle.ts"
import * as Member from "./Member.ts"

/** A member as it is to be: whom it joins is named. */
export interface Plan {
  readonly name: string
  readonly subnets: Member.MemberOptions["subnets"]
  readonly join?: string | undefined
}

type Styles = Parameters<typeof styleText>[0]

export type Network = Effect.Success<typeof make>

export const make = Effect.gen(function* () {
  const chronicle = yield* Chronicle.make
  const output = yield* Output
  const clock = yield* Clock.Clock
  const startMillis = clock.currentTimeMillisUnsafe()
  const members = new Map<string, Member.Member>()
  /** Ids and addresses of all that ever were, for those who remember them. */
  const names = new Map<NodeId, string>()
  const addresses = new Map<string, string>()
  /** Who has dialled whose address in vain. */
  const vain = new Set<string>()
  let isTelling = true

  const elapsedSeconds = () => (clock.currentTimeMillisUnsafe() - startMillis) / 1000

  /** Tells something, with the time. That nobody reads it is found out by who writes the table. */
  const tell = (text: string, style: Styles = "reset") => {
    if (!isTelling) return Effect.void
    const time = styleText("dim", `${elapsedSeconds().toFixed(2).padStart(6)} s`)
    return Effect.ignore(output.write([`${time}  ${styleText(style, printable(text))}`]))
  }

  const nameOf = (id: NodeId) => names.get(id) ?? shortId(id)

  const nameAt = (address: Address) => addresses.get(String(address)) ?? String(address)

  const get = (name: string): Member.Member => {
    const member = members.get(name)
    // A slip of the script, not of the network.
    if (member === undefined) throw new Error(`${name} is no member`)
    return member
  }

  const onPeerEvent = Effect.fnUntraced(function* (member: Member.Member, event: PeerEvent) {
    const { name } = member
    // The dead are not asked.
    if (members.get(name)?.mesh !== member.mesh) return
    switch (event._tag) {
      case "PeerConnected": {
        const { address, id, role } = event.peer
        if (role === "Dialled") yield* tell(`${name} has dialled ${nameOf(id)}`, "green")
        else if (!names.has(id))
          yield* tell(`${name}: ${nameOf(id)} joins, from ${address}`, "cyan")
        break
      }
      case "PeerDisconnected": {
        const { error, peer } = event
        const why = `${error.reason}, ${error.detail}`
        yield* tell(`${name} has lost ${nameOf(peer.id)}: ${why}`, "yellow")
        break
      }
      case "DialFailed": {
        const key = `${name} ${event.address}`
        const whom = nameAt(event.address)
        if (!vain.has(key)) yield* tell(`${name} can't reach ${whom}: ${event.detail}`, "yellow")
        vain.add(key)
      }
    }
    chronicle.note()
  })

  const onMessage = Effect.fnUntraced(function* (member: Member.Member, message: Message) {
    const [number, text] = message.payload
    if (typeof number === "number" && names.has(message.sender)) {
      return chronicle.arrive(number, member.name)
    }
    // A guest, whom the bridge answers for all.
    if (member.subnets.length === 1 || names.has(message.sender)) return
    const said = typeof number === "string" ? number : String(text)
    yield* tell(`${nameOf(message.sender)} says ${JSON.stringify(said)}`, "cyan")
    yield* Effect.ignore(member.mesh.reply(message, [`${member.name} has heard you`]))
  })

  /** Starts a member, and waits until it is connected with whom it joins. */
  const enter = Effect.fnUntraced(function* (plan: Plan, at?: Address) {
    const { name, subnets } = plan
    const join = plan.join === undefined ? undefined : get(plan.join).address
    const options = { name, subnets, join, address: at, onMessage, onPeerEvent }
    const member = yield* Member.start(options)
    members.set(name, member)
    names.set(member.mesh.id, name)
    addresses.set(String(member.address), name)
    yield* tell(`${name} listens on ${member.address}, in ${subnets.join(" and ")}`)
    if (plan.join !== undefined) yield* untilLinked(name, plan.join)
    return member
  })

  const isLinked = (one: string, other: string) =>
    Effect.map(get(one).mesh.peers, (peers) => {
      const { id } = get(other).mesh
      return peers.some((peer) => peer.id === id)
    })

  /** Waits until two members are direct peers, as both see it. */
  const untilLinked = (one: string, other: string) =>
    chronicle.until(
      `a connection of ${one} and ${other}`,
      Effect.zipWith(isLinked(one, other), isLinked(other, one), (a, b) => a && b)
    )

  /** Sends a message by one of the ways to, and waits until all have it. */
  const send = <E>(
    entry: Pick<Chronicle.Entry, "what" | "from" | "to">,
    text: string,
    by: (payload: readonly [number, string]) => Effect.Effect<unknown, E>
  ) =>
    Effect.gen(function* () {
      const sent = chronicle.send(entry)
      yield* by([sent.number, text])
      yield* chronicle.delivered(sent)
      const last = Math.max(...sent.arrivals.values()).toFixed(1)
      const [only = "nobody"] = entry.to
      const whom =
        entry.to.length === 1 ? `${only} has it` : `all ${entry.to.length} others have it`
      yield* tell(`${whom} after ${last} ms`)
    })

  return {
    chronicle,
    members,
    elapsedSeconds,
    tell,
    enter,
    isLinked,
    untilLinked,
    /** Waits until one has seen that another can't be dialled. */
    untilUnreachable: (one: string, address: Address) =>
      chronicle.until(
        `a dial of ${one} that fails`,
        Effect.sync(() => vain.has(`${one} ${address}`))
      ),
    broadcast: (from: string, text: string) =>
      Effect.gen(function* () {
        const to = [...members.keys()].filter((name) => name !== from)
        yield* tell(`${from} broadcasts ${JSON.stringify(text)}`, "bold")
        const { mesh } = get(from)
        yield* send({ what: `broadcast ${JSON.stringify(text)}`, from, to }, text, mesh.broadcast)
      }),
    whisper: (from: string, to: string, text: string) =>
      Effect.gen(function* () {
        yield* tell(`${from} whispers ${JSON.stringify(text)} to ${to}, its direct peer`, "bold")
        const entry = { what: `whisper ${JSON.stringify(text)}`, from, to: [to] }
        yield* send(entry, text, (payload) => get(from).mesh.send(get(to).mesh.id, payload))
      }),
    reply: (from: string, to: string, text: string) =>
      Effect.gen(function* () {
        const how = (yield* isLinked(from, to))
          ? "a direct peer"
          : "no direct peer: it asks the network"
        yield* tell(`${from} replies ${JSON.stringify(text)} to ${to}, ${how}`, "bold")
        const entry = { what: `reply ${JSON.stringify(text)}`, from, to: [to] }
        const sender = get(to).mesh.id
        yield* send(entry, text, (payload) => get(from).mesh.reply({ sender }, payload))
      }),
    kill: (name: string) =>
      Effect.gen(function* () {
        const member = get(name)
        yield* tell(`${name} is killed: no goodbye`, "bold")
        members.delete(name)
        yield* member.kill
        return member
      }),
    /** Tells nothing from now on. */
    hush: Effect.sync(() => {
      isTelling = false
    })
  }
})
