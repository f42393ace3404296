import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

// Live nodes in processes of their own: one file at a time is enough for a small machine.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  test: {
    include: ["*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 30_000,
    reporters: ["default", ["json", { outputFile: "../../.cache/reports/interop.json" }]]
  }
})
