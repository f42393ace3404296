/**
 * How a node proves itself over TLS, and what proof it asks of others.
 *
 * @since 0.1.0
 */
import * as Crypto from "node:crypto"
import * as Net from "node:net"
import type * as Tls from "node:tls"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Address } from "../../domain/Address.ts"

/**
 * Options of TLS.
 *
 * Without any, TLS encrypts and authenticates nobody, as in 0.7: a listener shows a certificate that it has
 * made for itself, and nobody's certificate is looked at. Who can put himself between two nodes
 * can then read and change all. With a `certificateAuthority`, nobody can who has none of its certificates.
 */
export interface TlsOptions {
  /** Our certificate, and those between it and the authority, in PEM. */
  readonly certificate?: string | undefined
  /** The private key of our certificate, in PEM. */
  readonly key?: string | undefined
  /** Certificates in PEM: a peer that we dial must show one that one of these has signed. */
  readonly certificateAuthority?: string | undefined
  /** Whether a peer that we accept must show a certificate of the authority too. */
  readonly mutual?: boolean | undefined
  /**
   * Whether the certificate of a peer that we dial must name the host that we have dialled: true by default.
   * Without it, who has any certificate of the authority can pass for any other who has one.
   */
  readonly verifyHost?: boolean | undefined
}

/** An option of TLS that makes no sense. */
export class TlsOptionsError extends Schema.TaggedError<TlsOptionsError>()("TlsOptionsError", {
  option: Schema.Literals(["certificate", "key", "certificateAuthority", "mutual"]),
  reason: Schema.String
}) {
  override get message() {
    return `TLS option ${this.option}: ${this.reason}`
  }
}

/** What sockets are made with. */
export interface Credentials {
  readonly client: (address: Address) => Tls.ConnectionOptions
  /** Makes a certificate at its first use, if there is none. */
  readonly server: Effect.Effect<Tls.TlsOptions>
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

const read = <A>(option: TlsOptionsError["option"], parse: () => A) =>
  Result.try({
    try: parse,
    catch: (error) =>
      new TlsOptionsError({ option, reason: error instanceof Error ? error.message : "unreadable" })
  })

/** The certificates in a text, of which there must be one. */
const certificates = (option: "certificate" | "certificateAuthority", pem: string) =>
  Result.flatMap(
    read(option, () =>
      [...pem.matchAll(BLOCK)].map(([block]) => new Crypto.X509Certificate(block))
    ),
    (found) => {
      const [first] = found
      return first === undefined
        ? Result.fail(new TlsOptionsError({ option, reason: "no certificate in PEM" }))
        : Result.succeed(first)
    }
  )

/** Fails with `TlsOptionsError` where an option can't be read, or does not fit the others. */
const check = Effect.fnUntraced(function* (options: TlsOptions) {
  const { certificate, certificateAuthority, key, mutual } = options
  const refuse = (option: TlsOptionsError["option"], reason: string) =>
    Effect.fail(new TlsOptionsError({ option, reason }))
  if (certificate === undefined && key !== undefined) {
    return yield* refuse("key", "there is no certificate for it")
  }
  if (certificate !== undefined) {
    const own = yield* Effect.fromResult(certificates("certificate", certificate))
    if (key === undefined) return yield* refuse("certificate", "there is no key for it")
    const secret = yield* Effect.fromResult(read("key", () => Crypto.createPrivateKey(key)))
    if (!own.checkPrivateKey(secret)) return yield* refuse("key", "not that of the certificate")
  }
  if (certificateAuthority !== undefined) {
    yield* Effect.fromResult(certificates("certificateAuthority", certificateAuthority))
  }
  if (mutual === true && certificateAuthority === undefined) {
    return yield* refuse("mutual", "there is no authority to sign them")
  }
})

/** TLS 1.2 is what the OpenSSL of old peers may speak at best. */
const MIN_VERSION = "TLSv1.2"

/** Reads the options. Fails with `TlsOptionsError`, which names the one that is wrong. */
export const make = Effect.fnUntraced(function* (
  options: TlsOptions = {}
): Effect.fn.Return<Credentials, TlsOptionsError> {
  yield* check(options)
  const {
    certificate: cert,
    certificateAuthority,
    key,
    mutual = false,
    verifyHost = true
  } = options
  const authority = certificateAuthority === undefined ? {} : { ca: certificateAuthority }
  const own = cert === undefined || key === undefined ? undefined : { cert, key }
  const made = yield* Effect.cached(
    Effect.promise(async () => {
      // Most nodes need none, and need not wait for what makes one to load.
      const SelfSigned = await import("./SelfSigned.ts")
      const { certificate: cert, key } = SelfSigned.make("effect-p2p")
      return { cert, key }
    })
  )
  const verified = { ...authority, minVersion: MIN_VERSION } as const
  const unnamed = verifyHost ? {} : { checkServerIdentity: () => undefined }
  return {
    client: ({ host }) => ({
      ...verified,
      ...own,
      ...unnamed,
      host,
      ...(Net.isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: certificateAuthority !== undefined
    }),
    server: Effect.map(own === undefined ? made : Effect.succeed(own), (shown) => ({
      ...verified,
      ...shown,
      requestCert: mutual,
      rejectUnauthorized: mutual
    }))
  }
})
