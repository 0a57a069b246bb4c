import type { IncomingMessage } from 'node:http'
import { refuse } from './refuse.ts'

/** Where a request goes. */
export interface Target {
  /** Decoded once; begins with `/`. */
  readonly path: string
  /** From the `?` on, or empty. */
  readonly search: string
}

const keyParameter = /[?&](api[_-]?key|x-api-key|access[_-]?token)=/i
/** A key, or the token of a session. */
const ourKey = /waqs?_[0-9A-Z]{26}_[0-9a-f]{64}/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a path must not hold
const forbidden = /[\u0000-\u001f\u007f\\]/

// What @hono/node-server takes as it is.
const plainHost = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/
const plainUrl = /^\/[\w.~!$&'()*+,;=:@/?-]*$/
const dots = /\/\.{1,2}(?:[/?]|$)/

/**
 * True for a request whose URL the parser would leave as it is. What it would change or refuse is not plain: other
 * characters, segments of dots, a whole URL in the first line, an odd Host or none.
 */
export function isPlain({ url, headers: { host } }: IncomingMessage): boolean {
  return host !== undefined && url !== undefined && plainHost.test(host) && plainUrl.test(url) && !dots.test(url)
}

/**
 * Takes a normalised URL apart without parsing it once more; one that begins with its path will do. What a proxy, a file
 * system and we might read differently is refused rather than read: encoded slashes, backslashes, control characters,
 * fragments, segments of dots.
 * @throws WaqtorError WAQ_REQUEST_INVALID, WAQ_KEY_IN_URL (400)
 */
export function targetOf(url: string): Target {
  const start = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('//') + 2)
  const question = url.indexOf('?', start)
  const raw = question === -1 ? url.slice(start) : url.slice(start, question)
  const search = question === -1 ? '' : url.slice(question)
  if (url.includes('#')) throw refuse('WAQ_REQUEST_INVALID', 'a request carries no fragment')
  if ((search !== '' && keyParameter.test(search)) || (url.length > 90 && ourKey.test(url)))
    throw refuse('WAQ_KEY_IN_URL', 'a key does not belong into a URL')
  return { path: raw.includes('%') ? decoded(raw) : checked(raw), search }
}

function decoded(raw: string): string {
  if (/%2f|%5c/i.test(raw)) throw refuse('WAQ_REQUEST_INVALID', 'the path holds an encoded slash')
  try {
    return checked(decodeURIComponent(raw))
  } catch (cause) {
    if (cause instanceof URIError) throw refuse('WAQ_REQUEST_INVALID', 'the path is not well encoded', { cause })
    throw cause
  }
}

function checked(path: string): string {
  if (forbidden.test(path) || /\/\.{1,2}(\/|$)/.test(path))
    throw refuse('WAQ_REQUEST_INVALID', 'the path holds what no path of ours has')
  return path
}
