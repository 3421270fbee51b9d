import ipaddr from 'ipaddr.js'

/** Addresses in public ranges that are no strangers': clouds answer there about the machine that asks. */
const INTERNAL = new Set(['168.63.129.16'])
/** Names that only a local network or a cloud knows. */
const INTERNAL_NAME =
  /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home|corp|private|home\.arpa|onion)$/

/**
 * Whether an IP address is one of the public internet: no private, loopback, link-local, metadata, multicast or reserved
 * one, however it is written. IPv6 addresses that stand for an IPv4 address are judged by that; tunnels to unknown places
 * (6to4, Teredo) are refused.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address instanceof ipaddr.IPv6) {
    if (address.zoneId !== undefined && address.zoneId !== '') return false
    if (address.isIPv4MappedAddress()) return isPublicAddress(address.toIPv4Address().toString())
    const { parts } = address
    // NAT64 (RFC 6052) and the long deprecated compatible form hold the IPv4 address in their last 32 bits.
    const isNat64 = parts[0] === 0x64 && parts[1] === 0xff9b && parts.slice(2, 6).every((part) => part === 0)
    const isCompatible = parts.slice(0, 6).every((part) => part === 0)
    if (isNat64 || isCompatible) return isPublicAddress(embedded(parts[6] ?? 0, parts[7] ?? 0))
    // Of all the rest only 2000::/3 was ever given out.
    if (((parts[0] ?? 0) & 0xe000) !== 0x2000) return false
  }
  return address.range() === 'unicast' && !INTERNAL.has(address.toString())
}

/** Whether a host name may be looked up at all. */
export function isPublicName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return name.includes('.') && !INTERNAL_NAME.test(name)
}

function embedded(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}
