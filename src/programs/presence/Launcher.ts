import * as Effect from "effect/Effect"
export const run = (_options: { readonly once: boolean }) => Effect.void
