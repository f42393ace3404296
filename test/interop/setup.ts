/** Installs the old peers on demand: js2p into node_modules here, py2p into .venv here. */

import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))

/** The interpreter of the virtual environment that {@link installOldPeers} makes. */
export const venvPython = `${here}.venv/bin/python`

/** Why py2p cannot run on this machine, or nothing if it can. */
export const withoutPy2p = (): string | undefined =>
  spawnSync("python3", ["--version"]).status === 0 ? undefined : "there is no python3 on the PATH"

const run = (command: string, args: ReadonlyArray<string>): void => {
  const { error, status } = spawnSync(command, args, { cwd: here, stdio: "inherit" })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed with status ${status}`)
}

/**
 * Installs into `folder` unless that has been done from the same `recipe`: a stamp in the folder
 * keeps the recipe's digest, written last, so that what broke off halfway is begun again.
 */
const installOnce = (folder: string, recipe: string, install: () => void): void => {
  const stamp = `${here}${folder}/.interop-stamp`
  const digest = createHash("sha256")
    .update(readFileSync(`${here}${recipe}`))
    .digest("hex")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return
  rmSync(`${here}${folder}`, { recursive: true, force: true })
  install()
  writeFileSync(stamp, digest)
}

/** Installs every old peer that can run here. Does nothing the second time. */
export const installOldPeers = (): void => {
  // Without install scripts: js2p's optional snappy stays unbuilt, on every machine alike.
  installOnce("node_modules", "package-lock.json", () =>
    run("npm", "ci --ignore-scripts --no-audit --no-fund".split(" "))
  )
  if (withoutPy2p() !== undefined) return
  installOnce(".venv", "requirements.txt", () => {
    run("python3", ["-m", "venv", ".venv"])
    const quietly = "-m pip install --quiet --disable-pip-version-check"
    run(venvPython, `${quietly} --no-deps --requirement requirements.txt`.split(" "))
  })
}
