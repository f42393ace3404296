/**
 * Which addresses count as one host: an IPv4 address or a name is one, and so is an IPv6 network of
 * 64 bits, whose 2^64 addresses are the choice of whoever has it.
 *
 * Source: RFC 4291, section 2.5.1 (interface ids of 64 bits).
 *
 * @since 0.1.0
 */

const GROUPS = 8
const NETWORK_GROUPS = 4

/** The key of a host, as a transport writes it. */
export const hostKey = (host: string): string => {
  if (!host.includes(":")) return host
  const [address = ""] = host.split("%")
  const [head = "", tail] = address.split("::")
  const before = head === "" ? [] : head.split(":")
  const after = tail === undefined || tail === "" ? [] : tail.split(":")
  const zeros = tail === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after]
  const network = groups.slice(0, NETWORK_GROUPS)
  return `${network.map((group) => group.replace(/^0+(?=.)/, "").toLowerCase()).join(":")}::/64`
}
