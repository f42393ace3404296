import { cpus, loadavg } from "node:os"

/** What the figures were seen on. */
export const machine = () => ({
  node: process.version,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  load: loadavg()
})
