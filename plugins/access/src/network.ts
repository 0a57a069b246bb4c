import { isIP } from 'node:net'

/**
 * Whose tries are counted together: an IPv4 address, or the 64 bits of an IPv6 one that stay the same while a machine picks
 * the rest as it likes. Nothing for this machine's own address: behind a proxy on it everybody has that one.
 */
export function networkOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIP(plain) === 4) return plain.startsWith('127.') ? undefined : plain
  if (isIP(plain) !== 6 || plain === '::1') return undefined
  const [front = '', back] = plain.toLowerCase().split('%')[0]!.split('::')
  const head = front === '' ? [] : front.split(':')
  const tail = back === undefined || back === '' ? [] : back.split(':')
  const zeros = back === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...tail].map((it) => it.replace(/^0+(?=.)/, ''))
  return `${groups.slice(0, 4).join(':')}::/64`
}
