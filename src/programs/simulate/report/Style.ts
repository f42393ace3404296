/**
 * The style of a report's page.
 *
 * @since 0.1.0
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --background: #f4f4f1; --surface: #fdfdfb; --ink: #22272b; --muted: #6a7178; --faint: #a9aeb2;
  --line: #e4e4de; --up: #eef1ee; --down: #fdfdfb; --accent: #1f5fd6; --bad: #cf222e; --good: #1a7f4b;
  --kind-talk: #3b74d9; --kind-direct: #0f8f7e; --kind-search: #9a5fc4; --kind-meet: #b07d18;
  --kind-pulse: #9aa2aa; --kind-bad: #cf222e;
  --fault-network: #7a54c7; --fault-process: #cc5a14; --fault-disk: #0e7f96; --fault-clock: #b83280;
  --fault-calm: #1a7f4b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #111417; --surface: #181c20; --ink: #dfe3e6; --muted: #8c959d; --faint: #565e66;
    --line: #2a3036; --up: #20262b; --down: #181c20; --accent: #6ea2ff; --bad: #ff6b6b; --good: #4cc38a;
    --kind-talk: #6c9dff; --kind-direct: #38c2ad; --kind-search: #bd8fe6; --kind-meet: #d9a743;
    --kind-pulse: #6f7982; --kind-bad: #ff6b6b;
    --fault-network: #a98bf0; --fault-process: #f08c4a; --fault-disk: #45b5cc; --fault-clock: #e879b4;
    --fault-calm: #4cc38a;
  }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
html, body { height: 100%; margin: 0 }
body {
  display: flex; flex-direction: column; background: var(--background);
  color: var(--ink); font: 13px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
button, input { font: inherit; color: inherit }
button { border: 0; background: none; padding: 0; cursor: pointer; text-align: left }
button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
h1, h2, h3, p, pre { margin: 0 }
#title { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; padding: 10px 16px 8px }
h1 { font-size: 17px; font-weight: 650; letter-spacing: -.01em }
.seed { font-size: 15px; color: var(--muted) }
.verdict { padding: 1px 10px; border-radius: 99px; font-weight: 600; font-size: 12px }
.verdict.held { color: var(--good); background: color-mix(in srgb, var(--good) 13%, transparent) }
.verdict.broken { color: var(--bad); background: color-mix(in srgb, var(--bad) 13%, transparent) }
.stats { color: var(--muted) } .stats b { color: var(--bad); font-weight: 500 }
.trace { color: var(--faint); font: 11px ui-monospace, monospace; margin-left: auto }
.toggle, .chip, .action {
  border: 1px solid var(--line); border-radius: 6px; background: var(--surface); padding: 2px 9px; font-size: 12px;
  white-space: nowrap;
}
.toggle:hover, .chip:hover, .action:hover { border-color: var(--faint) }
#details { padding: 4px 16px 12px; max-height: 45vh; overflow: auto; border-bottom: 1px solid var(--line) }
.again { display: flex; gap: 10px; align-items: baseline; padding-bottom: 10px }
.again code { font: 11.5px ui-monospace, monospace; overflow-wrap: anywhere; background: var(--surface);
  border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; flex: 1 }
h3 { font-size: 11px; font-weight: 600; color: var(--muted); margin: 8px 0 3px }
.tables { display: flex; flex-wrap: wrap; gap: 6px 36px }
.counts { min-width: 170px } .counts pre { font: 11px/1.5 ui-monospace, monospace }
.count { display: flex; justify-content: space-between; gap: 20px; font-size: 12px } .zero { color: var(--faint) }
#controls { display: flex; flex-wrap: wrap; gap: 5px; align-items: center; padding: 0 16px 8px }
#controls input { width: 250px; border: 1px solid var(--line); border-radius: 6px; background: var(--surface);
  padding: 3px 9px; font-size: 12.5px; margin-right: 4px }
.chip > span { display: flex; align-items: center; gap: 5px }
.chip small { color: var(--muted); font-size: 11px }
.chip[aria-pressed=false] { opacity: .45; text-decoration: line-through; background: none }
.chip.focus { color: var(--accent); border-color: var(--accent) }
.shown { color: var(--muted); font-size: 12px; margin: 0 6px } #controls .toggle { margin-left: auto }
.dot { display: inline-block; width: 8px; height: 8px; border-radius: 3px; background: var(--muted); flex: none }
.talk.dot, .talk .dot { background: var(--kind-talk) } .direct.dot, .direct .dot { background: var(--kind-direct) }
.search.dot, .search .dot { background: var(--kind-search) } .meet.dot, .meet .dot { background: var(--kind-meet) }
.pulse.dot, .pulse .dot { background: var(--kind-pulse) } .bad.dot, .bad .dot { background: var(--kind-bad) }
main { flex: 1; display: grid; grid-template-rows: minmax(0, 1fr); grid-template-columns: minmax(0, 1fr) 380px; min-height: 0; border-top: 1px solid var(--line) }
#charts { display: grid; grid-template-rows: 62px minmax(0, 1fr); min-width: 0; min-height: 0; background: var(--surface) }
canvas { display: block; width: 100%; height: 100%; touch-action: none; user-select: none }
#overview { border-bottom: 1px solid var(--line); cursor: ew-resize }
#panel-side { overflow: auto; border-left: 1px solid var(--line); background: var(--surface); }
section { padding: 10px 14px; border-bottom: 1px solid var(--line) }
h2 { font-size: 13px; font-weight: 650; margin-bottom: 5px } h2 .dot { margin-right: 7px }
.good { color: var(--good) } .bad { color: var(--bad) } .muted { color: var(--muted) } p.down { color: var(--fault-process) }
.fact { display: flex; gap: 10px; font-size: 12px; padding: 1px 0 }
.fact .name { color: var(--muted); flex: 0 0 132px } .fact .value { overflow-wrap: anywhere; min-width: 0 }
.payload { font: 11.5px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; margin: 4px 0; color: var(--ink) }
.node { color: var(--accent); font-weight: 550 } .node:hover { text-decoration: underline }
.link { display: flex; gap: 8px; font-size: 12px } .link .muted { width: 28px } .link .when { margin: 0 }
.action { margin: 8px 6px 0 0 }
.violation { display: block; width: 100%; padding: 6px 9px; margin-top: 4px; border-radius: 6px;
  border-left: 3px solid var(--bad); background: color-mix(in srgb, var(--bad) 7%, transparent) }
.violation:hover { background: color-mix(in srgb, var(--bad) 14%, transparent) }
.violation b { color: var(--bad) } .when { color: var(--muted); font-size: 11.5px; margin-left: 8px; white-space: nowrap }
.detail { display: block; font-size: 12px; overflow-wrap: anywhere }
.lasting { font-size: 12px; padding: 1px 0; overflow-wrap: anywhere } .lasting .when { margin-left: 0; white-space: normal }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(56px, 1fr)); gap: 3px; margin: 6px 0 }
.cell { background: var(--up); border-radius: 5px; padding: 1px 7px; font-size: 12px }
.cell.down { background: none; color: var(--faint); text-decoration: line-through } .cell:hover { color: var(--accent) }
.tree { max-height: 240px; overflow: auto; margin: 6px 0; border: 1px solid var(--line); border-radius: 6px; padding: 3px }
.hop { display: block; width: 100%; padding: 0 6px; font-size: 12px; border-radius: 4px }
.hop:hover, .event:hover { background: var(--up) }
.event { display: block; width: 100%; font-size: 11.5px; padding: 1px 4px; margin: 0 -4px; border-radius: 4px }
.event > span { display: flex; gap: 7px; align-items: baseline; white-space: nowrap; overflow: hidden }
.event .when { margin: 0; flex: 0 0 62px; text-align: right; font-size: 11px } .event .who { flex: 0 0 70px; font-weight: 550 }
.event .what { color: var(--muted); overflow: hidden; text-overflow: ellipsis } .event.chosen { background: var(--up); box-shadow: inset 2px 0 var(--accent) }
#tip { position: fixed; z-index: 9; max-width: 420px; padding: 6px 10px; border-radius: 7px; pointer-events: none; font-size: 12px;
  background: var(--surface); border: 1px solid var(--line); box-shadow: 0 4px 18px #0003 }
#keys { padding: 10px 14px; color: var(--faint); font-size: 11px }
@media (max-width: 900px) { main { grid-template-columns: minmax(0, 1fr) 240px } .trace { display: none } }
`
