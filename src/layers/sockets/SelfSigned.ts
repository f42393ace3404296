/**
 * Certificates that vouch for themselves: enough for encryption, and no proof of who is there.
 *
 * @since 0.1.0
 */
import * as Crypto from "node:crypto"
import { AsnConvert } from "@peculiar/asn1-schema"
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity
} from "@peculiar/asn1-x509"

/** What a TLS server shows, in PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

const COMMON_NAME = "2.5.4.3"
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"

/** Bytes of a serial number; RFC 5280 allows 20, and one of chance would be one of a sequence as well. */
const SERIAL_BYTES = 16

/**
 * Valid at any time, so that no clock can be wrong about it: the end is RFC 5280's own for "no end"
 * (section 4.1.2.5).
 */
const VALIDITY = { notBefore: new Date("2000-01-01"), notAfter: new Date("9999-12-31T23:59:59Z") }

const arrayBuffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer

const nameOf = (commonName: string) =>
  new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({
        type: COMMON_NAME,
        value: new AttributeValue({ utf8String: commonName })
      })
    ])
  ])

const serialNumber = () => {
  const bytes = Crypto.randomBytes(SERIAL_BYTES)
  // Positive, and of the same length whatever chance gives.
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f)
  return arrayBuffer(bytes)
}

/** A new key of its own (ECDSA on P-256) and a certificate for it. */
export const make = (commonName: string): KeyPair => {
  const { privateKey, publicKey } = Crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 })
  const name = nameOf(commonName)
  const tbsCertificate = new TBSCertificate({
    serialNumber: serialNumber(),
    signature: signatureAlgorithm,
    issuer: name,
    validity: new Validity(VALIDITY),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(
      publicKey.export({ type: "spki", format: "der" }),
      SubjectPublicKeyInfo
    )
  })
  const signed = new Uint8Array(AsnConvert.serialize(tbsCertificate))
  const der = AsnConvert.serialize(
    new Certificate({
      tbsCertificate,
      signatureAlgorithm,
      signatureValue: arrayBuffer(Crypto.sign("sha256", signed, privateKey))
    })
  )
  return {
    certificate: new Crypto.X509Certificate(new Uint8Array(der)).toString(),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  }
}
