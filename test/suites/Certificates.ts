// Certificates of authorities that tests make up: real ones, that TLS checks as it checks any.

import {
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate
} from "node:crypto"
import { isIP } from "node:net"
import { AsnConvert, OctetString } from "@peculiar/asn1-schema"
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_subjectAltName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version
} from "@peculiar/asn1-x509"

const COMMON_NAME = "2.5.4.3"
const ECDSA_WITH_SHA256 = new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" })

const nameOf = (commonName: string) => {
  const value = new AttributeValue({ utf8String: commonName })
  const attribute = new AttributeTypeAndValue({ type: COMMON_NAME, value })
  return new Name([new RelativeDistinguishedName([attribute])])
}

const buffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer

const extension = (extnID: string, value: unknown) =>
  new Extension({ extnID, extnValue: new OctetString(AsnConvert.serialize(value)) })

const certify = (
  subject: string,
  publicKey: KeyObject,
  issuer: { readonly name: string; readonly key: KeyObject },
  extensions: ReadonlyArray<Extension>
): string => {
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: buffer(Uint8Array.of(1, ...randomBytes(8))),
    signature: ECDSA_WITH_SHA256,
    issuer: nameOf(issuer.name),
    validity: new Validity({
      notBefore: new Date("2000-01-01"),
      notAfter: new Date("9999-12-31T23:59:59Z")
    }),
    subject: nameOf(subject),
    subjectPublicKeyInfo: AsnConvert.parse(
      publicKey.export({ type: "spki", format: "der" }),
      SubjectPublicKeyInfo
    ),
    extensions: new Extensions([...extensions])
  })
  const signed = new Uint8Array(AsnConvert.serialize(tbsCertificate))
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: ECDSA_WITH_SHA256,
    signatureValue: buffer(sign("sha256", signed, issuer.key))
  })
  return new X509Certificate(new Uint8Array(AsnConvert.serialize(certificate))).toString()
}

const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" })

const pemOf = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString()

/** An authority, and what it signs: a certificate in PEM for some hosts (names or IPv4), and its key. */
export const authority = (name: string) => {
  const { privateKey, publicKey } = newKey()
  const own = { name, key: privateKey }
  const isAuthority = extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }))
  return {
    certificateAuthority: certify(name, publicKey, own, [isAuthority]),
    issue: (subject: string, hosts: ReadonlyArray<string>) => {
      const { privateKey, publicKey } = newKey()
      const names = hosts.map((host) =>
        isIP(host) === 0 ? new GeneralName({ dNSName: host }) : new GeneralName({ iPAddress: host })
      )
      const alternative = extension(id_ce_subjectAltName, new SubjectAlternativeName(names))
      return {
        certificate: certify(subject, publicKey, own, [alternative]),
        key: pemOf(privateKey)
      }
    }
  }
}
