import type { HeaderReader } from '@waqtor/contracts'

/**
 * Whether a page came by https. This server speaks http only; a proxy in front has the certificate. The browser tells by the
 * `Origin` of its own page, which no script can forge; the proxy tells in `X-Forwarded-Proto`, which anybody can write and
 * which is believed only where the operator says so. Pure.
 */
export function cameByHttps(headers: HeaderReader, trustForwardedProto: boolean): boolean {
  const host = headers.get('host')?.toLowerCase()
  const origin = headers.get('origin')?.toLowerCase()
  if (host !== undefined && origin === `https://${host}`) return true
  const forwarded = headers.get('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase()
  return trustForwardedProto && forwarded === 'https'
}

/** True for a peer on this machine. */
export function isLoopback(address: string): boolean {
  return /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/i.test(address)
}
