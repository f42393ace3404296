/** All kinds of hostile input, in the order in which they take turns. */
import type { Generator } from "./Attack.ts"
import { bombs } from "./generators/Bombs.ts"
import { connectionFlood, scatteredFlood } from "./generators/ConnectionFloods.ts"
import { earlyMessages } from "./generators/EarlyMessages.ts"
import { flippedBits } from "./generators/FlippedBits.ts"
import { broadcasts, floods } from "./generators/Floods.ts"
import { frameLengths } from "./generators/FrameLengths.ts"
import { handshakes } from "./generators/Handshakes.ts"
import { headers } from "./generators/Headers.ts"
import { knownMessages } from "./generators/KnownMessages.ts"
import { randomBytes } from "./generators/RandomBytes.ts"
import { recordedFrames } from "./generators/RecordedFrames.ts"
import { structures } from "./generators/Structures.ts"
import { neverReads, trickles } from "./generators/Trickles.ts"

export const generators: ReadonlyArray<Generator> = [
  randomBytes,
  frameLengths,
  recordedFrames,
  flippedBits,
  structures,
  bombs,
  handshakes,
  earlyMessages,
  knownMessages,
  headers,
  floods,
  broadcasts,
  connectionFlood,
  scatteredFlood,
  trickles,
  neverReads
]
