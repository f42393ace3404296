/**
 * Flags whose values are addresses.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Address from "../../domain/Address.ts"

/** A flag that may come any number of times, each time with an address. */
export const addresses = (
  name: string,
  description: string
): Flag.Flag<ReadonlyArray<Address.Address>> =>
  Flag.String(name).pipe(
    Flag.withMetavar("address"),
    Flag.withDescription(description),
    Flag.atLeast(0),
    Flag.mapEffect((texts) => Effect.forEach(texts, (text) => parse(name, text)))
  )

const parse = (option: string, value: string) =>
  Result.match(Address.parse(value), {
    onFailure: ({ reason }) =>
      Effect.fail(
        new CliError.InvalidValue({
          option,
          value,
          expected: `an address such as tcp://127.0.0.1:44565 (${reason})`,
          kind: "flag"
        })
      ),
    onSuccess: Effect.succeed
  })
