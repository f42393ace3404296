/**
 * The digests that the protocol is built on, as plain synchronous functions.
 *
 * An interface, not an implementation: Node has them natively, a browser and a simulation take them
 * from pure JavaScript. The service is `services/Hashing.ts`.
 *
 * @since 0.1.0
 */

/** The names of the digests, as 0.7 spells them. */
export type Algorithm = "sha1" | "sha224" | "sha256" | "sha384" | "sha512"

export interface Hasher {
  /** The digest of all of `bytes`. */
  readonly digest: (algorithm: Algorithm, bytes: Uint8Array) => Uint8Array
  /**
   * SHA-256 of `bytes` as a key (`Bytes.toKey`): 32 characters, one for each byte. The relay path
   * compares and stores digests in this form.
   */
  readonly sha256Key: (bytes: Uint8Array) => string
  /** The key (`Bytes.toKey`) of a range of bytes; native code is several times faster at it. */
  readonly toKey: (bytes: Uint8Array, start: number, end: number) => string
}
