// Adds up what the test runs have reported, and prints it as one line: N passed, N failed, N skipped.
// Takes the reports that vitest has written (its JSON reporter); one that is missing counts as failed.

import { existsSync, readFileSync } from "node:fs"
import { Schema } from "effect"

const Report = Schema.fromJsonString(
  Schema.Struct({
    numPassedTests: Schema.Int,
    numFailedTests: Schema.Int,
    numPendingTests: Schema.Int,
    numTotalTests: Schema.Int,
    success: Schema.Boolean
  })
)

let passed = 0
let failed = 0
let skipped = 0
for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`${file}: no report`)
    failed++
    continue
  }
  const report = Schema.decodeUnknownSync(Report)(readFileSync(file, "utf8"))
  passed += report.numPassedTests
  failed += report.numFailedTests
  skipped += report.numPendingTests
  // A file that could not even be loaded has no test that failed.
  if (!report.success && report.numFailedTests === 0) failed++
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
