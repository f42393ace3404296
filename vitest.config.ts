import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/interop/**", "**/node_modules/**"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // By default one core is left out, which on two of them is half.
    maxWorkers: "100%",
    reporters: ["default", ["json", { outputFile: ".cache/reports/test.json" }]]
  }
})
