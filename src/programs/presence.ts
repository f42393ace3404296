/**
 * The example of a server app: `npm run example:presence`, or `npm run example:presence -- --help`.
 *
 * @since 0.1.0
 */
import * as Program from "./cli/Program.ts"
import { presenceCommand } from "./presence/PresenceCommand.ts"

Program.main(presenceCommand)
