import { isIPv6 } from 'node:net'

/**
 * The network that an address stands for when tries are counted: an IPv4 address itself, of IPv6 the first half, since one
 * line has all addresses of the second. Pure.
 */
export function networkOf(address: string | null | undefined): string {
  if (!address) return 'unknown'
  const bare = address.split('%')[0]!
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1]
  if (mapped) return mapped
  if (!isIPv6(bare)) return bare
  const [head = '', tail] = bare.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? [] : Array(Math.max(0, 8 - before.length - after.length)).fill('0')
  const groups = [...before, ...middle, ...after].map((it) => it.replace(/^0+(?=.)/, ''))
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** True for the network of this machine alone, as `networkOf` writes it. */
export function isOwnNetwork(network: string): boolean {
  return network.startsWith('127.') || network === '0:0:0:0::/64'
}
