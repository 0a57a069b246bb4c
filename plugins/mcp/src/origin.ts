/**
 * Tells whether a request may come from where it says it comes from. Only browsers send an `Origin`: one of another site
 * would be a page on the Internet that talks to a server on this machine. Other programs send none.
 */
export function isOwnOrigin(origin: string | null, host: string | null, allowed: readonly string[]): boolean {
  if (origin === null || allowed.includes(origin)) return true
  const url = URL.parse(origin)
  return url !== null && /^https?:$/.test(url.protocol) && host !== null && url.host === host.toLowerCase()
}
