import { assert, it } from "@effect/vitest"
import { printable, shortId } from "../../../src/programs/cli/Printable.ts"

it("lets no text from elsewhere do anything to a terminal", () => {
  assert.strictEqual(printable("é 测试 😀"), "é 测试 😀")
  assert.strictEqual(
    printable("\u001b[31m\r\n\u009b\u202e"),
    "\\u001b[31m\\u000d\\u000a\\u009b\\u202e"
  )
  assert.strictEqual(printable("x".repeat(2_005)), `${"x".repeat(2_000)}… (5 characters more)`)
  assert.strictEqual(shortId("\u001bbcdefghijk"), "\\u001bbcdefgh")
})
