import { isIP } from 'node:net'

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/**
 * Tells whether a request was meant for us, by its Host header. A page on the Internet may give its own name our address
 * (DNS rebinding) and have a browser send us requests; the name betrays it.
 * Where other machines may connect, any literal address will do, since rebinding needs a name.
 */
export function hostCheck(boundTo: string, allowed: readonly string[]): (header: string | undefined) => boolean {
  if (allowed.includes('*')) return () => true
  const names = new Set([...loopbackNames, bracketed(boundTo), ...allowed].map((it) => it.toLowerCase()))
  const literals = !isLoopback(boundTo)
  let lastAllowed: string | undefined
  return (header = '') => {
    // One client after another sends the same: a comparison instead of a pattern.
    if (header === lastAllowed) return true
    const name = /^(\[[^\]]+\]|[^:]+)(?::\d{1,5})?$/.exec(header)?.[1]?.toLowerCase()
    const allowed = name !== undefined && (names.has(name) || (literals && isIP(name.replace(/^\[|\]$/g, '')) !== 0))
    if (allowed) lastAllowed = header
    return allowed
  }
}

/** An address as it stands in a URL: IPv6 in brackets. */
export function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}
