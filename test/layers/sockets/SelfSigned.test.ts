import { createPrivateKey, X509Certificate } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as SelfSigned from "../../../src/layers/sockets/SelfSigned.ts"

describe("a self-signed certificate", () => {
  const { certificate, key } = SelfSigned.make("a node")
  const read = new X509Certificate(certificate)

  it("is signed with its own key, which is of P-256", () => {
    expect(read.subject).toBe("CN=a node")
    expect(read.issuer).toBe("CN=a node")
    expect(read.verify(read.publicKey)).toBe(true)
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(read.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" })
  })

  it("is valid whatever a clock says", () => {
    expect(read.validFromDate).toEqual(new Date("2000-01-01T00:00:00Z"))
    expect(read.validToDate).toEqual(new Date("9999-12-31T23:59:59Z"))
  })

  it("is another one each time", () => {
    const other = new X509Certificate(SelfSigned.make("a node").certificate)
    expect(other.serialNumber).not.toBe(read.serialNumber)
    expect(other.publicKey.equals(read.publicKey)).toBe(false)
  })
})
