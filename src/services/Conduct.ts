/**
 * How the peer of one connection behaves: what of its input was refused, how much it asks for, what work
 * it has caused, and whether its frames come to an end.
 *
 * Plain code. Only what is refused, decompressed, or answered comes here; a broadcast that is passed on as it
 * came does not.
 *
 * @since 0.1.0
 */
import { Main } from "../domain/Flags.ts"
import {
  ANSWER_BURST,
  ANSWER_PER_SECOND,
  CONTROL_BURST,
  CONTROL_IGNORED_BURST,
  CONTROL_IGNORED_PER_SECOND,
  CONTROL_PER_SECOND,
  ERRAND_BURST,
  ERRAND_PER_SECOND,
  FRAME_TIMEOUT_MILLIS,
  INFLATE_FREE_FACTOR,
  MALFORMED_MAX,
  MALFORMED_PASSED_ON_MAX,
  REQUEST_BURST,
  REQUEST_PER_SECOND,
  WORK_DUPLICATE_DIVISOR
} from "../domain/Limits.ts"
import * as Refusal from "../domain/RefusalReason.ts"
import { TokenBucket } from "../domain/TokenBucket.ts"

/** What a message asks a node for: something of its own, or to do something for others or for its users. */
export type Asking = "Control" | "Errand"

/** What becomes of a message that asks for something. */
export type Leave = "Granted" | "Ignored" | "Flooding"

/** Bytes of a control message that count as another one. */
const CONTROL_UNIT_BYTES = 1024

export class Conduct {
  /** Whether nothing more is to be read for now: it has made work, and more was made than is borne. */
  isOwing = false
  /** Bytes that were made of less, or for nothing: the node's account. */
  private readonly account: TokenBucket
  private readonly count: (reason: Refusal.RefusalReason) => void
  private readonly control: TokenBucket
  // Most peers never need these: each is made full when it is first asked.
  private ignored: TokenBucket | undefined
  private requests: TokenBucket | undefined
  private answers: TokenBucket | undefined
  private errands: TokenBucket | undefined
  private malformed = 0
  private passedOn = 0
  /** The unfinished frame that was seen last: how many chunks had ended one before, and since when. */
  private frame: { readonly ends: number; readonly sinceMillis: number } | undefined

  constructor(
    account: TokenBucket,
    count: (reason: Refusal.RefusalReason) => void,
    nowMillis: number
  ) {
    this.account = account
    this.count = count
    this.control = new TokenBucket(CONTROL_BURST, CONTROL_PER_SECOND, nowMillis)
  }

  /**
   * Counts an input that was refused; whether they have become too many. An old peer passes broadcasts on without
   * a look at their payload, and is given more of those.
   */
  refuse(error: Refusal.RefusedInput, isOld: boolean): boolean {
    this.count(Refusal.ofInput(error))
    const isPassedOn = isOld && error._tag === "EnvelopeError" && error.field === "payload"
    if (isPassedOn) this.passedOn++
    else this.malformed++
    return this.malformed > MALFORMED_MAX || this.passedOn > MALFORMED_PASSED_ON_MAX
  }

  /** Counts a message that came before the handshake was done; whether they have become too many. */
  refuseEarly(): boolean {
    this.count("BeforeHandshake")
    this.malformed++
    return this.malformed > MALFORMED_MAX
  }

  /**
   * Whether a message that asks for work is looked at. A broadcast's maker is not who passes it on: it costs the
   * connection nothing. An old peer may ask without a pause, and is not cut for it.
   */
  ask(kind: Asking, main: number, bytes: number, isOld: boolean, nowMillis: number): Leave {
    if (main === Main.broadcast) {
      this.requests ??= new TokenBucket(REQUEST_BURST, REQUEST_PER_SECOND, nowMillis)
      if (this.requests.take(1, nowMillis)) return "Granted"
      this.count("TooManyRequests")
      return "Ignored"
    }
    if (kind === "Errand") {
      this.errands ??= new TokenBucket(ERRAND_BURST, ERRAND_PER_SECOND, nowMillis)
      if (this.errands.take(1, nowMillis)) return "Granted"
      return this.ignore("TooManyErrands", isOld, nowMillis)
    }
    if (this.control.take(1 + Math.floor(bytes / CONTROL_UNIT_BYTES), nowMillis)) return "Granted"
    return this.ignore("TooManyControlMessages", isOld, nowMillis)
  }

  /** Counts a message that nobody here knows: there is nothing to do for it, but even that has a limit. */
  unknown(isOld: boolean, nowMillis: number): Leave {
    if (this.control.take(1, nowMillis)) return "Granted"
    return this.ignore("TooManyUnknownMessages", isOld, nowMillis)
  }

  /** Whether a request that came by this connection is answered to the whole network. */
  answer(nowMillis: number): boolean {
    this.answers ??= new TokenBucket(ANSWER_BURST, ANSWER_PER_SECOND, nowMillis)
    if (this.answers.take(1, nowMillis)) return true
    this.count("TooManyRequests")
    return false
  }

  private ignore(reason: Refusal.RefusalReason, isOld: boolean, nowMillis: number): Leave {
    this.count(reason)
    this.ignored ??= new TokenBucket(CONTROL_IGNORED_BURST, CONTROL_IGNORED_PER_SECOND, nowMillis)
    return isOld || this.ignored.take(1, nowMillis) ? "Ignored" : "Flooding"
  }

  /** What decompressing a body was: work, where it has swollen more than honest data does. */
  inflated(wireBytes: number, madeBytes: number, isKnown: boolean, nowMillis: number): void {
    const swollen = madeBytes - wireBytes * INFLATE_FREE_FACTOR
    this.work(isKnown ? swollen / WORK_DUPLICATE_DIVISOR : swollen, nowMillis)
  }

  /** Books work that was done for nothing. */
  work(bytes: number, nowMillis: number): void {
    if (bytes <= 0) return
    this.account.spend(bytes, nowMillis)
    this.isOwing = this.account.debtMillis(nowMillis) > 0
  }

  /** How long to rest before more is read; 0 once the account is even. */
  restMillis(nowMillis: number): number {
    const millis = this.account.debtMillis(nowMillis)
    this.isOwing = millis > 0
    return millis
  }

  /**
   * Whether a frame has been on its way for too long, by a look at it now and then: `ends` counts the chunks in
   * which a frame ended, `unfinished` are bytes that belong to none yet.
   */
  isTrickling(ends: number, unfinished: number, nowMillis: number): boolean {
    if (unfinished === 0 || this.isOwing) this.frame = undefined
    else if (this.frame?.ends !== ends) this.frame = { ends, sinceMillis: nowMillis }
    return this.frame !== undefined && nowMillis - this.frame.sinceMillis >= FRAME_TIMEOUT_MILLIS
  }
}
