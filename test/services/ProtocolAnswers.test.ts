// Answers that can't be sent: the asker is told so, and does not wait for its time limit.

import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { CARRY_MAX_BYTES, FRAME_BODY_MAX_BYTES } from "../../src/domain/Limits.ts"
import * as MeshNode from "../../src/layers/MeshNode.ts"
import { Simulation } from "../../src/layers/simulation/Simulation.ts"
import { Mesh } from "../../src/services/Mesh.ts"
import * as Protocol from "../../src/services/Protocol.ts"
import { addressOf, simulate, startNode, until } from "../suites/Network.ts"

class Page extends Schema.TaggedClass<Page>()("Page", { bytes: Schema.Int }) {}

class Pages extends Protocol.Service<Pages>()("pages", {
  version: 1,
  messages: [Protocol.request(0x40, Page, { answer: Schema.Uint8Array })]
}) {}

/** A node that gives pages of any size. */
const startLibrary = Effect.fnUntraced(function* (name: string, subnet: string, join: string) {
  const { node } = yield* Simulation
  const handlers = { Page: ({ bytes }: Page) => Effect.succeed(new Uint8Array(bytes)) }
  const context = yield* node(
    name,
    Pages.layer(handlers).pipe(
      Layer.provideMerge(
        MeshNode.layer({
          subnets: [subnet],
          listen: [addressOf(name)],
          maxOutgoing: 0,
          join: [addressOf(join)]
        })
      )
    )
  )
  const mesh = Context.get(context, Mesh)
  yield* until("a peer", () => Effect.runSync(mesh.peers).length > 0)
  return { mesh, pages: Context.get(context, Pages) }
})

describe("an answer that is too large", () => {
  it.each([
    ["for a frame", ["mesh"], FRAME_BODY_MAX_BYTES],
    ["to be carried", ["left", "right"], CARRY_MAX_BYTES]
  ] as const)("%s is refused to its asker", (_what, subnets, bytes) => {
    const error = simulate(
      Effect.gen(function* () {
        yield* startNode("middle", { subnets: [...subnets] })
        const asker = yield* startLibrary("asker", subnets[0], "middle")
        const asked = yield* startLibrary("asked", subnets.at(-1) ?? "", "middle")
        yield* asker.mesh.broadcast(["I am here"])
        yield* asked.mesh.broadcast(["so am I"])
        yield* Effect.sleep(1_000)
        return yield* Effect.flip(asker.pages.ask(asked.mesh.id, new Page({ bytes })))
      })
    )
    const detail = expect.stringContaining("TooLarge")
    expect(error).toMatchObject({ _tag: "AskError", reason: "Died", detail })
  })
})
