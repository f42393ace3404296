/**
 * A flag whose value reads well and still can't be.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  flag: Schema.String,
  value: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    const given = this.value === "" ? "" : ` ${this.value}`
    return `--${this.flag}${given}: ${this.reason}`
  }
}
