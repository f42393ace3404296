import { readdirSync, readFileSync } from "node:fs"
import { Script } from "node:vm"
import { assert, describe, test } from "@effect/vitest"
import type { Recording } from "../../../../src/layers/simulation/recording/Recording.ts"
import type { ScenarioResult } from "../../../../src/layers/simulation/ScenarioResult.ts"
import { Violation } from "../../../../src/layers/simulation/Violation.ts"
import * as Page from "../../../../src/programs/simulate/report/Page.ts"
import { pageScript } from "../../../../src/programs/simulate/report/PageScript.ts"
import type { ReportData } from "../../../../src/programs/simulate/report/page/Data.ts"
import { maskOf, NO_FILTER } from "../../../../src/programs/simulate/report/page/Filter.ts"
import {
  connectionsAt,
  courseOf,
  forEachBetween,
  lifeAt,
  modelOf,
  stateAt
} from "../../../../src/programs/simulate/report/page/Model.ts"
import * as Place from "../../../../src/programs/simulate/report/page/Place.ts"

const HOSTILE = `</script><script>alert(1)</script><!-- & "quoted" \u2028`

/** a says something: it comes to b, from b to c and back to a, and from a to c too late. */
const recording: Recording = {
  nodes: ["a", "b", "c", "d"],
  kinds: ["broadcast", "heartbeat"],
  metrics: ["open connections"],
  texts: [HOSTILE, "1", "crash", "d", "b"],
  until: 10_000_000,
  messages: {
    dropped: 3,
    at: [2_000, 1_000, 1_000, 500, 1_000_000],
    took: [1_000, 800, 900, 3_000, 1_000],
    from: [0, 1, 1, 0, 0],
    to: [1, 2, 0, 2, 3],
    kind: [0, 0, 0, 0, 1],
    text: [0, 0, 0, 0, 1],
    bytes: [90, 90, 90, 90, 60],
    broadcast: [0, 0, 0, 0, -1],
    lost: [4]
  },
  broadcasts: { origin: [0], kind: [0], text: [0], at: [1_000] },
  connections: { dropped: 0, from: [0, 1], to: [1, 2], start: [100, 200], end: [5_000_000, -1] },
  lives: {
    dropped: 0,
    node: [0, 1, 2, 3, 3],
    start: [0, 0, 0, 0, 8_000_000],
    end: [-1, -1, -1, 4_000_000, -1],
    how: [0, 0, 0, 2, 0]
  },
  faults: {
    dropped: 0,
    start: [4_000_000],
    end: [4_000_000],
    fault: [2],
    detail: [3],
    nodes: [[3]]
  },
  notes: { dropped: 0, at: [], text: [] },
  states: { dropped: 0, at: [1_000_000, 2_000_000], node: [0, 0], peers: [4, 4], values: [[1, 2]] }
}

const result: ScenarioResult = {
  scenario: "mesh",
  seed: 1,
  config: {
    nodes: 4,
    outsiders: 0,
    outgoing: 1,
    broadcastsPerSecond: 1,
    safetyMillis: 1,
    livenessMillis: 1,
    faultsPerMinute: {},
    isSwarm: false
  },
  trace: "00",
  events: 5,
  elapsedMillis: 10_000,
  faults: { crash: 1 },
  planned: [],
  sometimes: {},
  counters: {},
  violations: [
    new Violation({
      invariant: "Genuine",
      node: "c",
      atMillis: 3,
      detail: `${HOSTILE} was never said`
    })
  ]
}

const data: ReportData = { run: Page.summaryOf(result), recording }
const model = modelOf(data)

describe("the page of a report", () => {
  const page = Page.render(result, JSON.stringify(recording))

  test("carries its data as they are, whatever they say", () => {
    const scripts = [...page.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)]
    assert.lengthOf(scripts, 2)
    const [, embedded = ""] = scripts[0] ?? []
    assert.notInclude(embedded, "<")
    assert.deepStrictEqual(JSON.parse(embedded), JSON.parse(JSON.stringify(data)))
  })

  test("loads nothing", () => {
    assert.match(page, /Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/)
    assert.notMatch(page, /\b(?:src|href)\s*=|https?:\/\//)
  })

  test("has a script that is whole, and closes no element", () => {
    const script = pageScript()
    // Throws where it can't be parsed, or two modules name a thing alike.
    assert.instanceOf(new Script(script), Script)
    assert.notInclude(script, "</script")
    assert.notMatch(script, /^(?:import|export) /m)
  })

  test("joins all modules of the page", () => {
    const script = pageScript()
    const folder = new URL("../../../../src/programs/simulate/report/page/", import.meta.url)
    for (const file of readdirSync(folder)) {
      const source = readFileSync(new URL(file, folder), "utf8")
      for (const [, name = ""] of source.matchAll(/^export (?:const|class) (\w+)/gm)) {
        assert.match(script, new RegExp(`^(?:const|class) ${name}\\b`, "m"), `${file} ${name}`)
      }
    }
  })
})

describe("what the page knows", () => {
  test("the way of a broadcast is by whom each node was told first", () => {
    const { missed, origin, reached, tree } = courseOf(model, 0)
    assert.strictEqual(origin, 0)
    assert.deepStrictEqual(
      reached.map(({ depth, node, parent }) => [node, parent, depth]),
      [
        [1, 0, 1],
        [2, 1, 2]
      ]
    )
    assert.deepStrictEqual([...tree], [0, 1])
    assert.deepStrictEqual(missed, [3])
  })

  test("messages of a span are those under way in it", () => {
    const found: Array<number> = []
    forEachBetween(model, 3_100, 3_150, (message) => found.push(message))
    assert.deepStrictEqual(found, [2, 3])
  })

  test("a filter looks for each word in kind, nodes and text", () => {
    const shown = (text: string, node = -1, hidden: ReadonlyArray<number> = []) =>
      [...maskOf(model, { ...NO_FILTER, text, node, hidden: new Set(hidden) })].join("")
    assert.strictEqual(shown(""), "11111")
    assert.strictEqual(shown("heart"), "00001")
    assert.strictEqual(shown("ALERT c"), "01010")
    assert.strictEqual(shown("lost"), "00001")
    assert.strictEqual(shown("", 1), "11100")
    assert.strictEqual(shown("", -1, [0]), "00001")
  })

  test("a node's state at any moment", () => {
    assert.deepInclude(lifeAt(model, 3, 5_000_000), { number: 1, isUp: false, how: 2 })
    assert.deepInclude(lifeAt(model, 3, 9_000_000), { number: 2, isUp: true })
    assert.strictEqual(stateAt(model, 0, 999_999), -1)
    assert.strictEqual(stateAt(model, 0, 1_500_000), 0)
    assert.strictEqual(stateAt(model, 0, 9_000_000), 1)
    assert.deepStrictEqual(
      connectionsAt(model, 1, 1_000).map(({ isDialler, other }) => [other, isDialler]),
      [
        [0, false],
        [2, true]
      ]
    )
    assert.lengthOf(connectionsAt(model, 1, 6_000_000), 1)
  })

  test("a place survives its address, and a wrong one is the whole", () => {
    const place: Place.Place = {
      from: 2_000_000,
      until: 3_500_000,
      cursor: 2_500_000,
      node: 2,
      follow: 0,
      message: 3,
      text: "a & b #1"
    }
    assert.deepStrictEqual(Place.fromHash(model, Place.toHash(model, place)), place)
    assert.strictEqual(Place.toHash(model, Place.wholeOf(model)), "")
    const wrong = Place.fromHash(model, "#t=9,2&at=x&node=zz&follow=77&message=-1&q=%")
    assert.deepStrictEqual(wrong, { ...Place.wholeOf(model), text: "%" })
  })

  test("zooming keeps the moment under the pointer, and stays within the run", () => {
    const whole = Place.wholeOf(model)
    const near = Place.zoomed(model, whole, 2_000_000, 0.5)
    assert.deepInclude(near, { from: 1_000_000, until: 6_000_000 })
    assert.deepInclude(Place.zoomed(model, near, 2_000_000, 9), { from: 0, until: 10_000_000 })
    assert.deepInclude(Place.moved(model, near, 99_000_000), { from: 5_000_000, until: 10_000_000 })
  })
})
