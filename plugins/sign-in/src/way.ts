import type { HttpRequest } from '@waqtor/contracts'

/**
 * Whether a page came by https. This server speaks http only; a proxy in front has the certificate. The browser tells by the
 * `Origin` of its own page, which no script can forge; a proxy that the operator trusts tells as well. Pure.
 */
export function cameByHttps({ headers, https }: Pick<HttpRequest, 'headers' | 'https'>): boolean {
  const host = headers.get('host')?.toLowerCase()
  const origin = headers.get('origin')?.toLowerCase()
  return https || (host !== undefined && origin === `https://${host}`)
}

/** True for a peer on this machine. */
export function isLoopback(address: string): boolean {
  return /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/i.test(address)
}
