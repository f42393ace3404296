/**
 * Which messages and faults are shown.
 *
 * @since 0.1.0
 */
import type { Model } from "./Model.ts"

export interface Filter {
  /** Words that must all be found in kind, nodes or text. */
  readonly text: string
  /** A node whose messages alone are shown; -1 for all. */
  readonly node: number
  /** Kinds that are not shown. */
  readonly hidden: ReadonlySet<number>
  readonly showsFaults: boolean
}

export const NO_FILTER: Filter = { text: "", node: -1, hidden: new Set(), showsFaults: true }

/** Lower-case words of what somebody has typed. */
const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")

/** Texts in lower case, made once. */
const lowered = new WeakMap<Model, ReadonlyArray<string>>()
const loweredTexts = (model: Model): ReadonlyArray<string> => {
  let texts = lowered.get(model)
  if (texts === undefined) {
    texts = model.texts.map((text) => text.toLowerCase())
    lowered.set(model, texts)
  }
  return texts
}

/** For each message 1 where it is shown. */
export const maskOf = (model: Model, { hidden, node, text }: Filter): Uint8Array => {
  const { count, from, kind, to } = model
  const mask = new Uint8Array(count)
  const words = wordsOf(text)
  // Each word is looked up once in each of the few kinds, names and texts, not in each message.
  const hits = words.map((word) => {
    const nodes = model.nodes.map((name) => name.toLowerCase() === word)
    // A node's name means the node: it is in half of all texts.
    const isNode = nodes.includes(true)
    return {
      nodes,
      kinds: model.kinds.map((name) => !isNode && name.includes(word)),
      texts: loweredTexts(model).map((each) => !isNode && each.includes(word)),
      isLost: word === "lost"
    }
  })
  for (let i = 0; i < count; i++) {
    const kindOf = kind[i] ?? 0
    if (hidden.has(kindOf)) continue
    const source = from[i] ?? 0
    const target = to[i] ?? 0
    if (node >= 0 && source !== node && target !== node) continue
    const isHit = hits.every(
      ({ isLost, kinds, nodes, texts }) =>
        kinds[kindOf] === true ||
        nodes[source] === true ||
        nodes[target] === true ||
        texts[model.text[i] ?? 0] === true ||
        (isLost && model.isLost[i] === 1)
    )
    if (isHit) mask[i] = 1
  }
  return mask
}

/** How many messages there are of each kind. */
export const countsOf = (model: Model): ReadonlyArray<number> => {
  const counts = model.kinds.map(() => 0)
  for (const kind of model.kind) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
