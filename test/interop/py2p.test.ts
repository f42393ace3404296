import { describe } from "vitest"
import { withoutPy2p } from "./setup.ts"
import { foreignMeshSuite } from "./suites.ts"

// 500, each sent when the one before has arrived: py2p drops a connection on which a read ends
// four bytes into the next frame, which a stream of small frames soon hits.
describe.skipIf(withoutPy2p() !== undefined)("py2p", () => {
  foreignMeshSuite("py2p", { count: 500, paced: true })
})
