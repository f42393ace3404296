/**
 * The script of a report's page, as one text: the modules of `page/` joined, so that the page needs no other
 * file.
 *
 * They are written so that joining is all that is needed: they import named things of each other only, and no
 * two of them name a thing alike.
 *
 * @since 0.1.0
 */
import { readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"

/** What each of them needs comes before it. */
const MODULES = [
  "Model",
  "Filter",
  "Place",
  "Theme",
  "Scene",
  "Dom",
  "Marks",
  "Flow",
  "Overview",
  "Panel",
  "Header",
  "Controls",
  "App",
  "Input",
  "Main"
]

/** Node says once that this is new; who asks for a report need not know. */
const withoutTypes = (source: string): string => {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return stripTypeScriptTypes(source)
  } finally {
    process.emitWarning = emitWarning
  }
}

const IMPORT = /^import\s[^;]*?from\s+"[^"]+";?$/gm
const EXPORT = /^export (?=(?:const|let|class|function)\b)/gm
const SOURCE_MAP = /^\/\/# sourceMappingURL=.*$/gm

/** Sources have types, and what is built of them has none any more. */
const isBuilt = import.meta.url.endsWith(".js")

const read = (module: string): string => {
  const source = readFileSync(
    new URL(`./page/${module}.${isBuilt ? "js" : "ts"}`, import.meta.url),
    "utf8"
  )
  return (isBuilt ? source : withoutTypes(source))
    .replaceAll(IMPORT, "")
    .replaceAll(EXPORT, "")
    .replaceAll(SOURCE_MAP, "")
}

/** All of it, in a scope of its own. */
export const pageScript = (): string =>
  `"use strict";(() => {\n${MODULES.map(read).join("\n")}\nmain()\n})()`
