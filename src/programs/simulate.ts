/**
 * Simulations: `npm run simulate -- --list`.
 *
 * @since 0.1.0
 */
import * as Program from "./cli/Program.ts"
import { simulateCommand } from "./simulate/SimulateCommand.ts"

Program.main(simulateCommand)
