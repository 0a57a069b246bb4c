import { isIP } from 'node:net'

/** Words for networks that have no strangers in them, as a rule. */
export const words: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/**
 * True for an address, a network (`10.1.0.0/16`) or one of the words. Never for a network that everybody is in: who trusts
 * everybody lets every stranger say who he is.
 */
export function isNetwork(text: string): boolean {
  if (Object.hasOwn(words, text)) return true
  const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  return family !== 0 && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128)))
}
