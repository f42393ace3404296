/** A child process's side of the talk with the harness. */
import * as Schema from "effect/Schema"
import { type FromChild, ToChild } from "./Messages.ts"

const decode = Schema.decodeUnknownSync(ToChild)

export const tell = (message: FromChild): void => {
  process.send?.(message)
}

/** Carries out what the harness says; ends with it. */
export const listen = (carryOut: (command: ToChild) => void): void => {
  process.once("disconnect", () => process.exit(1))
  process.on("message", (message) => carryOut(decode(message)))
}
