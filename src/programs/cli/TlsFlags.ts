/**
 * The flags by which a program is told how to secure `tls` and `wss`.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Flag from "effect/cli/Flag"
import type { TlsOptions, TlsOptionsError } from "../../layers/TlsTransport.ts"
import { type TextFile, textFile } from "./FileFlag.ts"
import { UsageError } from "./UsageError.ts"

export interface TlsFlags {
  readonly certificate: Option.Option<TextFile>
  readonly key: Option.Option<TextFile>
  readonly authority: Option.Option<TextFile>
  readonly mutual: boolean
}

export const flags = {
  certificate: textFile(
    "certificate",
    "For tls and wss: our certificate in PEM. Without one, a node that listens makes its own."
  ),
  key: textFile("key", "The private key of our certificate, in PEM"),
  authority: textFile(
    "authority",
    "For tls and wss: certificates in PEM, one of which must have signed that of each peer that we dial. " +
      "Without them nobody's certificate is looked at."
  ),
  mutual: Flag.Boolean("mutual").pipe(
    Flag.withDescription("Peers that we accept must show a certificate of the authority too"),
    Flag.withDefault(false)
  )
}

const textOf = (file: Option.Option<TextFile>) =>
  Option.getOrUndefined(Option.map(file, ({ text }) => text))

export const toOptions = ({ authority, certificate, key, mutual }: TlsFlags): TlsOptions => ({
  certificate: textOf(certificate),
  key: textOf(key),
  certificateAuthority: textOf(authority),
  mutual
})

/** An option that is wrong, by the name of the flag that it came from. */
export const usageError = (given: TlsFlags, { option, reason }: TlsOptionsError): UsageError => {
  const flag = option === "certificateAuthority" ? "authority" : option
  const file = flag === "mutual" ? Option.none<TextFile>() : given[flag]
  const value = Option.match(file, { onNone: () => "", onSome: ({ path }) => path })
  return new UsageError({ flag, value, reason })
}
