import { parseArgs, type ParseArgsConfig } from "node:util"

/** A command line that cannot be carried out: the program says so, shows its usage and exits 2. */
export class UsageError extends Error {
  readonly _tag = "UsageError"
}

/** `parseArgs`, whose own errors are the user's mistakes too. */
export const parse = <const Config extends ParseArgsConfig>(config: Config) => {
  try {
    return parseArgs(config)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

export const positiveInteger = (name: string, text: string): number => {
  if (!/^[1-9][0-9]{0,8}$/.test(text))
    throw new UsageError(`--${name} takes a whole number from 1, not '${text}'`)
  return Number(text)
}

/** A comma-separated choice out of a few names. */
export const choice = <const Name extends string>(
  option: string,
  text: string,
  names: ReadonlyArray<Name>
): ReadonlyArray<Name> => {
  const chosen = text.split(",")
  for (const part of chosen) {
    if (!names.some((name) => name === part)) {
      throw new UsageError(`--${option} takes ${names.join(", ")}, not '${part}'`)
    }
  }
  return names.filter((name) => chosen.includes(name))
}
