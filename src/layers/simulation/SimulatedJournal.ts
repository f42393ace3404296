/**
 * The disk of a simulated process: a journal that outlives it, takes time to keep what it is given, and
 * may fail to, or keep only a part when the process dies in between.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Batch, Entry } from "../../services/Journal.ts"
import { Journal, JournalError } from "../../services/Journal.ts"
import * as MemoryJournal from "../MemoryJournal.ts"

const lost = ({ stream }: Batch, detail: string) =>
  new JournalError({ reason: "Append", stream, detail })

/** What is on a disk, and what befalls its writes. */
export class Disk {
  /** What is kept. */
  readonly storage: MemoryJournal.Storage = new Map()
  /** Milliseconds that a write takes until it is kept; whoever has written is told then. */
  writeMillis = 0
  /** Writes to come that fail, with nothing kept. */
  failing = 0
  /** Writes that whoever wrote them has not been told of. */
  private readonly underWay = new Set<Batch>()

  /** The journal of one life of the process; when that is over, nothing of it reaches the disk any more. */
  journal(isAlive: () => boolean): Journal["Service"] {
    const kept = MemoryJournal.make(this.storage)
    const append = (batch: Batch): Effect.Effect<void, JournalError> =>
      Effect.suspend(() => {
        if (!isAlive()) return Effect.fail(lost(batch, "the process is dead"))
        if (this.failing > 0) {
          this.failing--
          return Effect.fail(lost(batch, "the disk has failed"))
        }
        if (this.writeMillis === 0) return kept.append(batch)
        this.underWay.add(batch)
        return Effect.andThen(
          Effect.sleep(this.writeMillis),
          Effect.suspend(() => {
            this.underWay.delete(batch)
            return isAlive() ? kept.append(batch) : Effect.fail(lost(batch, "the process is dead"))
          })
        )
      })
    return Journal.of({ append, replay: kept.replay })
  }

  /**
   * The process dies: what it has written and was not told of is lost, but for a torn write, of which some
   * events are kept. `draw` gives a number from [0, 1). Returns how many writes were lost, in whole or in part.
   */
  cutShort(isTorn: boolean, draw: () => number): number {
    const { size } = this.underWay
    for (const { after, atMillis, events, stream } of this.underWay) {
      const kept: Array<Entry> = this.storage.get(stream) ?? []
      if (!isTorn || kept.length !== after) continue
      const count = Math.floor(draw() * (events.length + 1))
      for (const event of events.slice(0, count)) {
        kept.push({ sequence: kept.length + 1, atMillis, event })
      }
      this.storage.set(stream, kept)
    }
    this.underWay.clear()
    return size
  }
}
