import { describe, it } from "@effect/vitest"
import { deepStrictEqual } from "@effect/vitest/utils"
import * as Result from "effect/Result"
import { METHODS } from "../../src/domain/Compression.ts"
import * as NodeCompressing from "../../src/layers/NodeCompressing.ts"
import * as PureCompressing from "../../src/layers/PureCompressing.ts"
import { thorough } from "../suites/Arbitraries.ts"
import { compressingSuite, contents } from "../suites/Compressing.ts"

compressingSuite("NodeCompressing", NodeCompressing.compressor)
compressingSuite("PureCompressing", PureCompressing.compressor)

describe("the adapters of Compressing", () => {
  it.prop(
    "inflate each other's output",
    { given: contents },
    ({ given }) => {
      const [node, pure] = [NodeCompressing.compressor, PureCompressing.compressor]
      for (const method of METHODS) {
        for (const [from, to] of [
          [node, pure],
          [pure, node]
        ] as const) {
          const inflated = to.inflate(method, from.deflate(method, given), given.length + 1)
          deepStrictEqual(Uint8Array.from(Result.getOrThrow(inflated)), given)
        }
      }
    },
    thorough(200)
  )
})
