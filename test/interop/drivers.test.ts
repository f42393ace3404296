import { describe } from "vitest"
import { withoutPy2p } from "./setup.ts"
import { meshSuite } from "./suites.ts"

// The control group: the old nodes among their own kind. What fails here is not our node's fault.
meshSuite("js2p", "js2p")

describe.skipIf(withoutPy2p() !== undefined)("py2p", () => meshSuite("py2p", "py2p"))
