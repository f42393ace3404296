import { describe, expect, it } from "@effect/vitest"
import * as Bytes from "../../src/domain/Bytes.ts"
import * as NodeHashing from "../../src/layers/NodeHashing.ts"
import * as PureHashing from "../../src/layers/PureHashing.ts"
import { bytes, oneOf, thorough } from "../suites/Arbitraries.ts"
import { hashingSuite } from "../suites/Hashing.ts"

hashingSuite("NodeHashing", NodeHashing.hasher)
hashingSuite("PureHashing", PureHashing.hasher)

const algorithms = oneOf<"sha1" | "sha224" | "sha256" | "sha384" | "sha512">(
  "sha1",
  "sha224",
  "sha256",
  "sha384",
  "sha512"
)

describe("the adapters of Hashing", () => {
  it.prop(
    "agree on any message",
    { algorithm: algorithms, message: bytes(0, 300) },
    ({ algorithm, message }) => {
      const [node, pure] = [NodeHashing.hasher, PureHashing.hasher]
      expect(Bytes.toHex(node.digest(algorithm, message))).toBe(
        Bytes.toHex(pure.digest(algorithm, message))
      )
      expect(node.sha256Key(message)).toBe(pure.sha256Key(message))
      expect(node.toKey(message, 0, message.length)).toBe(pure.toKey(message, 0, message.length))
    },
    thorough(300, 200)
  )
})
