import { describe, expect, it } from "@effect/vitest"
import { hostKey } from "../../src/domain/HostKey.ts"

describe("hostKey", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["node.example", "node.example"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::ffff", "2001:db8:1:2::/64"],
    ["2001:db8::6", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"]
  ])("%s counts as %s", (host, key) => {
    expect(hostKey(host)).toBe(key)
  })

  it("knows neighbours in a network, and no others", () => {
    expect(hostKey("2001:db8:1:2::1")).toBe(hostKey("2001:db8:1:2:ffff::1"))
    expect(hostKey("2001:db8:1:2::1")).not.toBe(hostKey("2001:db8:1:3::1"))
    expect(hostKey("10.0.0.1")).not.toBe(hostKey("10.0.0.2"))
  })
})
