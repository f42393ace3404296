/** Values, and what is none, that more than one test needs. */
import { VALUE_DEPTH_MAX } from "../../src/domain/Limits.ts"
import type { Value } from "../../src/domain/Value.ts"

/** A value inside of so many arrays. */
export const nested = (depth: number): Value => {
  let value: Value = 1
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

interface Unencodable {
  readonly name: string
  readonly value: unknown
  readonly path: string
  readonly reason: RegExp
  /** Of a type that a value has, and refused for what it holds. */
  readonly isValue?: true
}

class Custom {
  readonly name = "custom"
}
const sparse: Array<unknown> = [0, 1]
delete sparse[1]
const cyclic: { self?: unknown } = {}
cyclic.self = cyclic

/** What is no value of MessagePack: where in it the fault is, and what the encoder says. */
export const unencodable: ReadonlyArray<Unencodable> = [
  { name: "undefined", value: undefined, path: "", reason: /no undefined/ },
  { name: "undefined inside", value: { a: [1, undefined] }, path: "a.1", reason: /no undefined/ },
  { name: "a hole in an array", value: sparse, path: "1", reason: /no undefined/ },
  { name: "a function", value: { a: { b: () => 1 } }, path: "a.b", reason: /no function/ },
  { name: "a symbol", value: [Symbol("s")], path: "0", reason: /no symbol/ },
  {
    name: "an instance of a class",
    value: [new Custom()],
    path: "0",
    reason: /instance of Custom/
  },
  { name: "a date", value: { at: new Date(0) }, path: "at", reason: /instance of Date/ },
  { name: "a set", value: [[new Set()]], path: "0.0", reason: /instance of Set/ },
  {
    name: "an array of floats",
    value: [new Float64Array(1)],
    path: "0",
    reason: /instance of Float64Array/
  },
  {
    name: "an object of a strange lineage",
    value: [Object.create(Object.create(null))],
    path: "0",
    reason: /instance of/
  },
  { name: "an integer beyond 64 bits", value: [2n ** 64n], path: "0", reason: /beyond 64 bits/ },
  { name: "a negative one", value: { a: -(2n ** 63n) - 1n }, path: "a", reason: /beyond 64 bits/ },
  { name: "a map's value", value: new Map([["k", undefined]]), path: "k", reason: /no undefined/ },
  {
    name: "a map's value under another key",
    value: new Map([[1, undefined]]),
    path: "1",
    reason: /no undefined/
  },
  {
    name: "a map's key",
    value: [new Map([[undefined, 1]])],
    path: "0.key",
    reason: /no undefined/
  },
  {
    name: "a lone surrogate",
    value: { a: ["x\ud800"] },
    path: "a.0",
    reason: /surrogate/,
    isValue: true
  },
  {
    name: "a lone surrogate in a key",
    value: [{ "\udc00": 1 }],
    path: "0",
    reason: /surrogate/,
    isValue: true
  },
  {
    name: "the key __proto__",
    value: [JSON.parse('{ "__proto__": 1 }')],
    path: "0",
    reason: /__proto__/,
    isValue: true
  },
  {
    name: "the key __proto__ in a map",
    value: { a: new Map([["__proto__", 1]]) },
    path: "a",
    reason: /__proto__/,
    isValue: true
  },
  {
    name: "a map's value under a key that is an object",
    value: new Map([[{}, undefined]]),
    path: "entry",
    reason: /no undefined/
  },
  {
    name: "a cycle",
    value: cyclic,
    path: Array(VALUE_DEPTH_MAX).fill("self").join("."),
    reason: /nested deeper/
  }
]
