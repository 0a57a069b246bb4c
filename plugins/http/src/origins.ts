import type { HttpReply, HttpRequest } from '@waqtor/contracts'
import { refuse } from './refuse.ts'

type Headers = Readonly<Record<string, string>>
/** What tells where a request comes from. */
type Asked = Pick<HttpRequest, 'headers' | 'https'>

const harmless = new Set(['GET', 'HEAD', 'OPTIONS'])
const preflightHeaders: Headers = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Disposition, Content-Type, Idempotency-Key, Last-Event-ID, Mcp-Protocol-Version, Mcp-Session-Id, X-API-Key, X-Request-Id',
  'access-control-max-age': '600',
}

/** True for an origin as browsers write it: `https://dash.example.org`, with a port where it is not the usual one. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return (url?.protocol === 'http:' || url?.protocol === 'https:') && url.origin === text
}

/**
 * Which pages a browser may send requests from: those of the host that is asked, and those of a list. The browser tells by
 * `Origin`; programs send none.
 */
export class Origins {
  readonly #listed: ReadonlySet<string>

  constructor(listed: readonly string[]) {
    this.#listed = new Set(listed)
  }

  isAllowed({ headers, https }: Asked): boolean {
    const origin = headers.get('origin')
    return origin === null || this.#listed.has(origin) || isSameHost(origin, headers.get('host'), https)
  }

  /**
   * Refuses what another site has a browser do. A cookie goes along by itself, so with one the page must be known.
   * @throws WaqtorError WAQ_ORIGIN_NOT_ALLOWED (403)
   */
  demand(request: Asked & Pick<HttpRequest, 'method'>): void {
    const { method, headers } = request
    if (harmless.has(method)) return
    this.demandAllowed(request)
    if (headers.get('cookie') === null || headers.get('origin') !== null) return
    const site = headers.get('sec-fetch-site')
    if (site !== 'same-origin' && site !== 'none')
      throw refuse(
        'WAQ_ORIGIN_NOT_ALLOWED',
        'a request with a cookie that changes something must say where it comes from',
      )
  }

  /** As `demand`, whatever the method: a connection that stays open does more than its first request says. */
  demandAllowed(request: Asked): void {
    if (!this.isAllowed(request)) throw refuse('WAQ_ORIGIN_NOT_ALLOWED', 'the page that sends this is not one of ours')
  }

  /** What lets a listed page read the answer. The value is the list's own, never the request's. */
  headersFor(origin: string | undefined): Headers | undefined {
    if (this.#listed.size === 0) return undefined
    if (origin === undefined || !this.#listed.has(origin)) return { vary: 'Origin' }
    return {
      vary: 'Origin',
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Content-Disposition, Mcp-Session-Id, Retry-After, X-Request-Id',
    }
  }

  /**
   * The answer to a browser that asks beforehand whether it may; nothing for any other request.
   * @throws WaqtorError WAQ_ORIGIN_NOT_ALLOWED (403)
   */
  preflight(request: Asked & Pick<HttpRequest, 'method'>): HttpReply | undefined {
    const { method, headers } = request
    if (method !== 'OPTIONS' || headers.get('access-control-request-method') === null) return undefined
    this.demandAllowed(request)
    return { status: 204, headers: preflightHeaders }
  }
}

/**
 * The page came from the host that is asked. A proxy may speak https in front of us without a word, so the scheme is not
 * compared; where one says that this request came by https, a page that came by http is of whoever sits on the way.
 */
function isSameHost(origin: string, host: string | null, https: boolean): boolean {
  if (host === null || !isOrigin(origin)) return false
  const url = new URL(origin)
  if (https && url.protocol === 'http:') return false
  return url.host === host.toLowerCase().replace(url.protocol === 'https:' ? /:443$/ : /:80$/, '')
}
