import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.parse>

const global6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]
const nat64 = ipaddr.parseCIDR('64:ff9b::/96') as [ipaddr.IPv6, number]

/** Whether anybody on the Internet may be meant by it: all else, and all that is no plain address, is not public. */
export function isPublic(address: string): boolean {
  const parsed = parse(address)
  if (!parsed) return false
  if (parsed.kind() === 'ipv4') return parsed.range() === 'unicast'
  const six = parsed as ipaddr.IPv6
  const inner = carried(six)
  if (inner) return inner.range() === 'unicast'
  // Outside 2000::/3 nothing is given to anybody yet, whatever the list of special ranges says of it.
  return six.range() === 'unicast' && six.match(...global6)
}

/** One writing for each address: an IPv4 one in the clothes of an IPv6 one is that IPv4 one. `undefined` for anything else. */
export function canonicalAddress(address: string): string | undefined {
  const parsed = parse(address)
  return parsed && ipaddr.process(parsed.toString()).toString()
}

/** Whether what listens there listens on this machine. */
export function isOfThisMachine(address: string): boolean {
  const parsed = parse(address)
  if (!parsed) return false
  const inner = parsed.kind() === 'ipv6' ? carried(parsed as ipaddr.IPv6) : undefined
  const own = (inner ?? ipaddr.process(parsed.toString())).toString()
  const range = ipaddr.parse(own).range()
  if (range === 'loopback' || range === 'unspecified') return true
  return Object.values(networkInterfaces()).some((those) =>
    those?.some((it) => canonicalAddress(it.address.split('%')[0]!) === own),
  )
}

/** The IPv4 address that a router on the way, or this machine itself, makes of an IPv6 one. */
function carried(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const bytes = address.toByteArray()
  if (address.isIPv4MappedAddress() || address.match(...nat64)) return new ipaddr.IPv4(bytes.slice(12))
  return address.range() === '6to4' ? new ipaddr.IPv4(bytes.slice(2, 6)) : undefined
}

/** Nothing but the plain writing: a resolver that answers `0x7f.1` or `fe80::1%lo` is not believed. */
function parse(address: string): Address | undefined {
  return isIP(address) === 0 || address.includes('%') ? undefined : ipaddr.parse(address)
}
