import { sessionCookies } from '@waqtor/plugin-auth/contract'
import { stringifySetCookie } from 'cookie'

/** How a page came. */
export interface Way {
  readonly https: boolean
}

const standing = { httpOnly: true, sameSite: 'strict', path: '/' } as const

/** The `Set-Cookie` headers that hand a browser its session; the cookie of the other name goes. Pure. */
export function cookiesFor(token: string, maxAgeSeconds: number, { https }: Way): string[] {
  const name = https ? sessionCookies.secure : sessionCookies.plain
  const value = stringifySetCookie({ ...standing, name, value: token, secure: https, maxAge: maxAgeSeconds })
  return [value, ...(https ? [gone(sessionCookies.plain, { https })] : [])]
}

/** The `Set-Cookie` headers that take the session away from a browser. */
export function cookiesGone(way: Way): string[] {
  return [gone(sessionCookies.plain, way), ...(way.https ? [gone(sessionCookies.secure, way)] : [])]
}

// Over plain http a browser neither sends the secure cookie nor lets anybody replace it.
function gone(name: string, { https }: Way): string {
  return stringifySetCookie({ ...standing, name, value: '', secure: https, maxAge: 0 })
}
