import { assert, it } from "@effect/vitest"
import { MessageId, NodeId } from "../../../src/domain/Ids.ts"
import { RecentMessages, UnknownMessageError } from "../../../src/programs/node/RecentMessages.ts"

it("remembers the senders of the last messages, and no more", () => {
  const recent = new RecentMessages(2)
  const ids = ["a", "b", "c"].map((id) => MessageId.make(id))
  for (const id of ids) recent.remember(id, NodeId.make(`sender of ${id}`))
  const [first, ...last] = ids.map((id) => recent.find(id))
  assert.deepStrictEqual(last, [NodeId.make("sender of b"), NodeId.make("sender of c")])
  assert.instanceOf(first, UnknownMessageError)
})
