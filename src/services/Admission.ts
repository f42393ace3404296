/**
 * What peers may cost a node, all together: who is let in, who has to go when there is no room, and what each
 * host is charged for it. One connection's own conduct is `Conduct`'s.
 *
 * @since 0.1.0
 */
import { firstOfBusiest } from "../domain/Busiest.ts"
import type { ConnectionError, Reason } from "../domain/ConnectionError.ts"
import {
  BACKLOG_MAX_BYTES,
  HOST_ATTEMPT_LASTS_MILLIS,
  HOST_ATTEMPTS_OFFENCE,
  HOST_INCOMING_MAX,
  PENDING_MAX,
  RECEIVING_MAX_BYTES,
  WORK_BURST_BYTES,
  WORK_BYTES_PER_SECOND
} from "../domain/Limits.ts"
import type { RefusalReason } from "../domain/RefusalReason.ts"
import { TokenBucket } from "../domain/TokenBucket.ts"
import { Backlog } from "./Backlog.ts"
import { type Host, Hosts } from "./Hosts.ts"
import type { PeerConnection } from "./PeerConnection.ts"
import { Receiving } from "./Receiving.ts"

/** Ends by what a peer has said. */
const OFFENCES: ReadonlySet<Reason> = new Set<Reason>(["Malformed", "Flooding", "SlowFrame"])

/** Ends that say nothing of how a host behaves. */
const FAULTLESS: ReadonlySet<Reason> = new Set<Reason>([
  "SelfConnection",
  "DuplicateConnection",
  "Stopping",
  "Disconnected"
])

const isPending = ({ isEnded, peer, role }: PeerConnection): boolean =>
  role === "Accepted" && peer === undefined && !isEnded

export class Admission {
  /** All that the node has refused, by its reason. */
  readonly refusals = new Map<RefusalReason, number>()
  /** Bytes that may be made of less, or for nothing. */
  readonly work: TokenBucket
  /** What waits for all peers. */
  readonly backlog = new Backlog()
  /** What of all peers' frames is not whole yet. */
  readonly receiving = new Receiving<PeerConnection>()
  private readonly hosts = new Hosts()
  private readonly live: ReadonlySet<PeerConnection>
  private readonly maxPerHost: number
  private readonly nowMillis: () => number
  private isRelieving = false

  /** `live` are all connections that there are, as they come and go. */
  constructor(
    live: ReadonlySet<PeerConnection>,
    nowMillis: () => number,
    maxPerHost: number = HOST_INCOMING_MAX
  ) {
    this.live = live
    this.nowMillis = nowMillis
    this.maxPerHost = maxPerHost
    this.work = new TokenBucket(WORK_BURST_BYTES, WORK_BYTES_PER_SECOND, nowMillis())
    this.backlog.onFull = () =>
      this.relieve(
        ({ outbox }) => outbox.bytes,
        `more than ${BACKLOG_MAX_BYTES} bytes wait for peers`
      )
    this.receiving.onFull = () =>
      this.relieve(
        (connection) => this.receiving.of(connection),
        `more than ${RECEIVING_MAX_BYTES} bytes of unfinished frames`
      )
  }

  /** Counts a refusal. */
  readonly refuse = (reason: RefusalReason): void => {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1)
  }

  /** The account of a host, by its address. */
  hostOf(host: string): Host {
    return this.hosts.of(host, this.nowMillis())
  }

  /** Whether a host may have one more connection accepted, before anything is made for it; if not, why. */
  admit(host: Host): "HostHasTooMany" | "HostTooFrequent" | undefined {
    if (host.accepted >= this.maxPerHost) return "HostHasTooMany"
    return host.attempts.debtMillis(this.nowMillis()) > 0 ? "HostTooFrequent" : undefined
  }

  /** Makes room for one more handshake: the oldest of the host that has the most of them gives way. */
  makeRoom(): void {
    const pending = [...this.live].filter(isPending)
    if (pending.length < PENDING_MAX) return
    const leaving = firstOfBusiest(pending.map((connection) => [connection, connection.host]))
    leaving?.end("TooManyPeers", "Us", `${PENDING_MAX} connections are in their handshake`)
  }

  /** Books what an accepted connection has cost its host, now that it has ended. */
  settle({ host, role, sinceMillis }: PeerConnection, { reason }: ConnectionError): void {
    if (role !== "Accepted" || FAULTLESS.has(reason)) return
    const nowMillis = this.nowMillis()
    if (OFFENCES.has(reason)) host.attempts.spend(HOST_ATTEMPTS_OFFENCE, nowMillis)
    else if (nowMillis - sinceMillis < HOST_ATTEMPT_LASTS_MILLIS) host.attempts.spend(1, nowMillis)
  }

  /** Drops the connection that takes most memory of its kind: of the host that takes most, the one. */
  private relieve(bytesOf: (connection: PeerConnection) => number, detail: string): void {
    // Its goodbye wants room too.
    if (this.isRelieving) return
    this.isRelieving = true
    const all = [...this.live].filter(({ isEnded }) => !isEnded)
    const perHost = new Map<Host, number>()
    for (const connection of all) {
      perHost.set(connection.host, (perHost.get(connection.host) ?? 0) + bytesOf(connection))
    }
    const [most] = [...perHost].sort(([, a], [, b]) => b - a)[0] ?? []
    const [worst] = all.filter(({ host }) => host === most).sort((a, b) => bytesOf(b) - bytesOf(a))
    worst?.end("Overloaded", "Us", detail)
    // What waited for it waits for nobody now.
    worst?.outbox.close()
    this.isRelieving = false
  }
}
