/**
 * A report as a page of its own: one file, which loads nothing and opens from a disk.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import type { ScenarioResult } from "../../../layers/simulation/ScenarioResult.ts"
import * as Print from "../Print.ts"
import type { RunSummary } from "./page/Data.ts"
import { pageScript } from "./PageScript.ts"
import { STYLE } from "./Style.ts"

/** What the page tells of a run beside what was recorded. */
export const summaryOf = (result: ScenarioResult): RunSummary => ({
  scenario: result.scenario,
  seed: String(result.seed),
  config: JSON.stringify(result.config, undefined, 2),
  trace: result.trace,
  events: result.events,
  elapsedMillis: result.elapsedMillis,
  replay: Print.replay(result),
  faults: Object.entries(result.faults),
  sometimes: Object.entries(result.sometimes),
  counters: Object.entries(result.counters),
  violations: result.violations.map(({ atMillis, detail, invariant, node }) => ({
    invariant,
    node,
    atMillis,
    detail
  }))
})

/** JSON that no HTML parser takes for anything but text. */
export const escapeJson = (json: string): string => json.replaceAll("<", "\\u003c")

/** A text as HTML. */
const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")

const sourceOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`

const KEYS =
  "Wheel zooms, drag pans, shift and wheel scroll. Keys: arrows, + and -, Home, / filter, j and k next and " +
  "previous message, v next violation, Esc back. A click on a broadcast follows it; on a name, its node."

/** The page of a run. `recording` is a `Recording` as JSON. */
export const render = (result: ScenarioResult, recording: string): string => {
  const script = pageScript()
  // Nothing is loaded, and no script runs but this one, whatever a recording holds.
  const policy = `default-src 'none'; script-src ${sourceOf(script)}; style-src ${sourceOf(STYLE)}; base-uri 'none'; form-action 'none'`
  const data = `{"run":${JSON.stringify(summaryOf(result))},"recording":${recording}}`
  const title = escapeHtml(`${result.scenario}, seed ${result.seed}`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header id="title"></header>
<div id="details" hidden></div>
<div id="controls"></div>
<main>
<div id="charts"><canvas id="overview"></canvas><canvas id="lanes"></canvas></div>
<aside id="panel-side"><div id="panel"></div><div id="keys">${KEYS}</div></aside>
</main>
<div id="tip" hidden></div>
<script type="application/json" id="data">${escapeJson(data)}</script>
<script>${script}</script>
</body>
</html>
`
}
