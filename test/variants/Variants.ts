/** All variants. */
import { links } from "./Links.ts"
import { messages } from "./Messages.ts"
import { states } from "./States.ts"
import type { Variant } from "./Variant.ts"

export const variants: ReadonlyArray<Variant> = [...messages, ...links, ...states]
