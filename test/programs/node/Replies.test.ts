import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { NodeId } from "../../../src/domain/Ids.ts"
import * as Replies from "../../../src/programs/node/Replies.ts"

const [ann, ben] = [NodeId.make("ann"), NodeId.make("ben")] as const

describe("replies", () => {
  it.effect("to one who is searched wait behind the search, others do not", () =>
    Effect.gen(function* () {
      const replies = yield* Replies.make
      const found = yield* Deferred.make<void>()
      const done: Array<string> = []
      const say = (what: string) => Effect.sync(() => void done.push(what))
      yield* replies.run(ann, false, Effect.andThen(Deferred.await(found), say("ann 1")))
      // By now she is a direct peer; still this one must not overtake the first.
      yield* replies.run(ann, true, say("ann 2"))
      yield* replies.run(ben, true, say("ben"))
      assert.deepStrictEqual(done, ["ben"])
      yield* Deferred.succeed(found, undefined)
      yield* replies.settled
      assert.deepStrictEqual(done, ["ben", "ann 1", "ann 2"])
    })
  )

  it.effect("that fail do not hold up the next", () =>
    Effect.gen(function* () {
      const replies = yield* Replies.make
      const found = yield* Deferred.make<void, string>()
      let isDone = false
      yield* replies.run(ann, false, Deferred.await(found))
      yield* replies.run(
        ann,
        false,
        Effect.sync(() => {
          isDone = true
        })
      )
      yield* Deferred.fail(found, "nobody")
      yield* replies.settled
      assert.isTrue(isDone)
    })
  )
})
