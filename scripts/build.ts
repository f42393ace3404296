// Builds the package's `dist` from `src`, from scratch.

import { execFileSync } from "node:child_process"
import { chmodSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
rmSync(`${root}/dist`, { recursive: true, force: true })
// The script of a page is checked against a browser's names, all else against Node's.
for (const project of ["tsconfig.build.json", "tsconfig.page.json"]) {
  execFileSync("tsc", ["-p", project], { cwd: root, stdio: "inherit" })
}
chmodSync(`${root}/dist/programs/p2p.js`, 0o755)
