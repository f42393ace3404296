import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { once } from "node:events"
import { say } from "./Progress.ts"

const folder = new URL("..", import.meta.url)
const lockFile = new URL("package-lock.json", folder)
/** Says which lock file the installed packages are from. */
const stampFile = new URL("node_modules/.installed-from", folder)

/**
 * Installs what the benchmark compares with, where that is missing or from another lock file.
 * Returns why it could not, or undefined. Install scripts do not run: none is needed.
 */
export const installCompetitors = async (): Promise<string | undefined> => {
  const wanted = createHash("sha256")
    .update(await readFile(lockFile))
    .digest("hex")
  const installed = await readFile(stampFile, "utf8").catch(() => "")
  if (installed === wanted) return undefined
  say("installing the packages to compare with (npm ci in bench/) …")
  const npm = spawn("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    shell: process.platform === "win32"
  })
  let errors = ""
  npm.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()))
  try {
    const [code] = await once(npm, "close")
    if (code !== 0) return `npm ci in bench/ failed: ${errors.trim().split("\n").at(0) ?? ""}`
  } catch (error) {
    return `npm could not be started: ${String(error)}`
  }
  await writeFile(stampFile, wanted)
  return undefined
}
