/**
 * `npm run test:interop [-- --no-skip] [-- file…]`: installs the old peers, runs our node against
 * them, and says what was skipped. With --no-skip, or CI=true, a skip counts as a failure unless
 * Python 3 is missing.
 */

import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { startVitest } from "vitest/node"
import { installOldPeers, withoutPy2p } from "./setup.ts"

const { values: options, positionals: files } = parseArgs({
  options: { "no-skip": { type: "boolean", default: process.env["CI"] === "true" } },
  allowPositionals: true
})

installOldPeers()
const noPy2p = withoutPy2p()

const vitest = await startVitest("test", files, {
  config: fileURLToPath(new URL("vitest.config.ts", import.meta.url)),
  run: true,
  watch: false
})
const skipped = vitest.state
  .getTestModules()
  .flatMap((file) => [...file.children.allTests("skipped")])
  .map((test) => test.fullName)
await vitest.close()

if (noPy2p !== undefined) {
  console.log(`Skipped ${skipped.length} tests, those with py2p: ${noPy2p}.`)
} else if (skipped.length > 0) {
  console.log(["Skipped:", ...skipped].join("\n  "))
  if (options["no-skip"]) {
    console.error("Nothing may be skipped where Python 3 is there.")
    process.exitCode = 1
  }
}
