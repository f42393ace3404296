/**
 * What each remote host has taken of a node: connections, and vain attempts.
 *
 * A peer's id is its own choice, and so is the number of its connections; its host is what it can't have many
 * of. Loopback and a network behind one address are one host with many peers: the limits leave room
 * for them.
 *
 * @since 0.1.0
 */
import { hostKey } from "../domain/HostKey.ts"
import {
  HOST_ATTEMPTS_BURST,
  HOST_ATTEMPTS_PER_SECOND,
  HOSTS_MAX_ENTRIES
} from "../domain/Limits.ts"
import { TokenBucket } from "../domain/TokenBucket.ts"

/** The account of one host. */
export class Host {
  /** Connections accepted from it that have not ended. */
  accepted = 0
  /** Connections accepted from it that came to nothing. */
  readonly attempts: TokenBucket

  constructor(nowMillis: number) {
    this.attempts = new TokenBucket(HOST_ATTEMPTS_BURST, HOST_ATTEMPTS_PER_SECOND, nowMillis)
  }

  /** Whether to forget it changes nothing. */
  isIdle(nowMillis: number): boolean {
    return this.accepted === 0 && this.attempts.isFull(nowMillis)
  }
}

export class Hosts {
  private readonly accounts = new Map<string, Host>()

  /** How many are remembered. */
  get size(): number {
    return this.accounts.size
  }

  /** The account of the host that a connection is with. */
  of(host: string, nowMillis: number): Host {
    const key = hostKey(host)
    let account = this.accounts.get(key)
    if (account === undefined) {
      if (this.accounts.size >= HOSTS_MAX_ENTRIES) this.forget(nowMillis)
      account = new Host(nowMillis)
      this.accounts.set(key, account)
    }
    return account
  }

  /** Forgets the idle ones, or else the oldest that has no connection. */
  private forget(nowMillis: number): void {
    let oldest: string | undefined
    for (const [key, account] of this.accounts) {
      if (account.isIdle(nowMillis)) this.accounts.delete(key)
      else if (account.accepted === 0) oldest ??= key
    }
    if (oldest !== undefined && this.accounts.size >= HOSTS_MAX_ENTRIES) {
      this.accounts.delete(oldest)
    }
  }
}
