import { sessionCookies } from '../contract/cookies.ts'

/**
 * The token in a Cookie header. Where both cookies are there, the one that only this host can have set wins, good or not: a
 * neighbour could have planted the other.
 */
export function cookieToken(header: string | null): string | undefined {
  if (header === null) return undefined
  return cookieOf(header, sessionCookies.secure) ?? cookieOf(header, sessionCookies.plain)
}

function cookieOf(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}
