/** Copies of the sources, each with one edit; the tree itself is never touched. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as Schema from "effect/Schema"
import type { Variant } from "./Variant.ts"

const root = new URL("../../", import.meta.url)

/** The sources as they are shipped. */
export const shipped = new URL("src/", root)

/** A variant whose edit no longer fits the shipped code: it is to be written anew. */
export class AnchorError extends Schema.TaggedError<AnchorError>()("AnchorError", {
  variant: Schema.String,
  file: Schema.String,
  times: Schema.Int
}) {
  override get message() {
    return (
      `variant ${this.variant}: what it replaces is ${this.times} times in src/${this.file}, ` +
      "not once; the shipped code has moved, and the variant has to follow it"
    )
  }
}

/** The edited file's text. */
export const edit = (
  text: string,
  { file, from, name, to }: Pick<Variant, "file" | "from" | "name" | "to">
): string => {
  const parts = text.split(from)
  const [before, after] = parts
  if (before === undefined || after === undefined || parts.length !== 2) {
    throw new AnchorError({ variant: name, file, times: parts.length - 1 })
  }
  return before + to + after
}

/**
 * Where a variant's copy is: inside of the repository, so that it finds its dependencies. One that is not kept is
 * the process's own.
 */
export const folderOf = (name: string, isKept: boolean): URL =>
  new URL(`.cache/variants/${isKept ? name : `${process.pid}-${name}`}/`, root)

/** Makes the copy of a variant in a folder, anew; returns its sources. */
export const copy = (variant: Variant, folder: URL): URL => {
  remove(folder)
  mkdirSync(folder, { recursive: true })
  const sources = new URL("src/", folder)
  cpSync(shipped, sources, { recursive: true })
  const file = new URL(variant.file, sources)
  writeFileSync(file, edit(readFileSync(file, "utf8"), variant))
  // Node takes its modules for what the nearest manifest says.
  cpSync(new URL("package.json", root), new URL("package.json", folder))
  return sources
}

export const remove = (folder: URL): void => rmSync(folder, { recursive: true, force: true })

/** A folder as people type it, from the root of the repository. */
export const shown = (folder: URL): string => folder.href.slice(root.href.length)
