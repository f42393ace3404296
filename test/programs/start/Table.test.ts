import { assert, it } from "@effect/vitest"
import * as Table from "../../../src/programs/start/Table.ts"

it("aligns its columns", () => {
  const lines = Table.render(
    [
      { title: "Who", align: "left" },
      { title: "ms", align: "right" }
    ],
    [["ada", "1.5"], ["ada and bob", "12.5"], ["nobody"]]
  )
  assert.deepStrictEqual(lines, [
    "Who            ms",
    "───────────  ────",
    "ada           1.5",
    "ada and bob  12.5",
    "nobody"
  ])
})
