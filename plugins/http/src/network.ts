import { isIP } from 'node:net'

/** Words for networks that have no strangers in them, as a rule. */
export const words: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/** The fewest bits of a network that may be trusted: those of the biggest private ones. */
const FEWEST_BITS = { 4: 8, 6: 7 }
/** An IPv4 address in the clothes of an IPv6 one begins with as many. */
const MAPPED_BITS = 96

/**
 * True for an address, a network (`10.1.0.0/16`) or one of the words. Never for a network that half the world is in: who trusts
 * everybody lets every stranger say who he is.
 */
export function isNetwork(text: string): boolean {
  if (Object.hasOwn(words, text)) return true
  const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  if (family !== 4 && family !== 6) return false
  const fewest = FEWEST_BITS[family] + (/^::ffff:/i.test(address) ? MAPPED_BITS + 1 : 0)
  return bits === undefined || (Number(bits) >= fewest && Number(bits) <= (family === 4 ? 32 : 128))
}
