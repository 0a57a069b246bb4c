import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Authentication, fail, type HttpReply, type HttpRequest } from '@waqtor/contracts'
import { type Logger, newId, type Principal } from '@waqtor/kernel'
import { write } from './answer.ts'
import { demandPlain, guardBody, type Incoming, readBody } from './body.ts'
import type { BodyStreams } from './body-stream.ts'
import type { Found, Mounts } from './mounts.ts'
import { asError, problemOf } from './problem.ts'
import type { RateLimit } from './rate-limit.ts'
import { refuse } from './refuse.ts'
import { targetOf } from './target.ts'

/** What every answer says to a browser; a page that needs more says so itself. */
const standing = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

export interface DoorOptions {
  readonly mounts: Mounts
  /** Answers `/health`, with no questions asked. */
  readonly health: () => Promise<HttpReply>
  readonly authentication: Authentication | undefined
  readonly rateLimit: RateLimit
  readonly isOurHost: (header: string | undefined) => boolean
  readonly bodyLimitBytes: number
  readonly bodyStreams: BodyStreams
  readonly log: Logger
  /** True while the server finishes what is under way: connections are not kept. */
  readonly closing: () => boolean
}

/** What every request passes, in one piece: a chain of small middlewares would cost as much as all of the work. */
export class Door {
  readonly #options: DoorOptions

  constructor(options: DoorOptions) {
    this.#options = options
  }

  /** Answers a request, whatever happens. */
  async pass(request: Request, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { log, closing } = this.#options
    const started = performance.now()
    const requestId = requestIdOf(incoming.headers['x-request-id'])
    const headers = { ...standing, 'x-request-id': requestId }
    try {
      const answer = await this.#answer(request, incoming, requestId)
      await write(answer, closing() ? { ...headers, connection: 'close' } : headers, outgoing)
    } catch (thrown) {
      // Nobody is there to read why, and a caller who left is no fault of ours.
      if (outgoing.destroyed) return
      const error = asError(thrown)
      if (error.status >= 500) log.error(error.message, { requestId, code: error.code, cause: error.cause ?? error })
      // A stream that failed on the way: the connection ends, so that nobody takes the part for the whole.
      if (outgoing.headersSent) outgoing.destroy()
      else await write(problemOf(error, requestId), headers, outgoing)
    } finally {
      const ms = Math.round(performance.now() - started)
      log.debug('answered', { requestId, method: request.method, status: outgoing.statusCode, ms })
    }
  }

  /** The answer to a request that never became one: its first line or its Host header is malformed. */
  malformed(thrown: unknown): Response {
    const requestId = newId('req')
    const cause = thrown instanceof Error ? thrown.message : 'it cannot be read'
    const { status, headers, body } = problemOf(
      refuse('WAQ_REQUEST_INVALID', `the request is malformed: ${cause}`),
      requestId,
    )
    const all = { ...standing, ...headers, 'x-request-id': requestId, connection: 'close' }
    return new Response(body as string, { status, headers: all })
  }

  async #answer(request: Request, incoming: IncomingMessage, requestId: string): Promise<Response | HttpReply> {
    const { mounts, health, authentication, rateLimit, isOurHost, bodyLimitBytes } = this.#options
    if (!isOurHost(incoming.headers.host))
      throw refuse('WAQ_HOST_NOT_ALLOWED', 'the name in the Host header is not one of this server')
    const { path, search } = targetOf(request.url)
    if (path === '/health') return onlyRead(request.method, health)

    const address = incoming.socket.remoteAddress ?? ''
    const principal = authentication ? await authentication.authenticate(request.headers, address) : null
    const waitMs = rateLimit.take(principal?.id ?? address, performance.now())
    if (waitMs > 0) throw fail('WAQ_RATE_LIMITED', 'too many requests', { retryAfter: waitMs / 1_000 })
    const mount = mounts.find(path)
    if (!mount) throw fail('WAQ_ROUTE_UNKNOWN', 'there is nothing at this path')
    if (mount.streamed) demandPlain(incoming)
    else {
      const reading = guardBody(incoming, bodyLimitBytes)
      if (reading) await reading
    }
    return mount.handler(new Passed(request, incoming, this.#options, mount, search, requestId, address, principal))
  }
}

function onlyRead(method: string, answer: () => Promise<HttpReply>): Promise<HttpReply> {
  if (method === 'GET' || method === 'HEAD') return answer()
  throw fail('WAQ_METHOD_NOT_ALLOWED', `'${method}' does not fit here`, { details: { allow: 'GET, HEAD' } })
}

/** A client may name its request, so that both logs speak of it alike; a name that could harm a log is replaced. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.-]{1,64}$/.test(header) ? header : newId('req')
}

/** A request that was let through. The parsed URL costs more than the rest of it, so it is made when it is asked for. */
class Passed implements HttpRequest {
  readonly request: Request
  readonly path: string
  readonly search: string
  readonly requestId: string
  readonly address: string
  readonly principal: Principal | null
  readonly #incoming: Incoming
  readonly #options: DoorOptions
  readonly #mount: Found
  #url: URL | undefined

  constructor(
    request: Request,
    incoming: Incoming,
    options: DoorOptions,
    mount: Found,
    search: string,
    requestId: string,
    address: string,
    principal: Principal | null,
  ) {
    this.request = request
    this.#incoming = incoming
    this.#options = options
    this.#mount = mount
    this.path = mount.path
    this.search = search
    this.requestId = requestId
    this.address = address
    this.principal = principal
  }

  body(): Promise<Uint8Array> {
    return readBody(this.#incoming, this.#options.bodyLimitBytes)
  }

  stream(limitBytes: number): AsyncIterable<Uint8Array> {
    if (!this.#mount.streamed) throw new Error('a body is streamed only where the mount says so: `{ streamed: true }`')
    return this.#options.bodyStreams.read(this.#incoming, limitBytes)
  }

  get url(): URL {
    this.#url ??= new URL(this.request.url)
    return this.#url
  }
}
