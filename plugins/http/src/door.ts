import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Authentication, fail, type HttpReply } from '@waqtor/contracts'
import { type Logger, newId } from '@waqtor/kernel'
import { type StandingHeaders, write } from './answer.ts'
import { guardBody, refuseCompressed } from './body.ts'
import type { Mounts } from './mounts.ts'
import { asError, problemOf } from './problem.ts'
import type { RateLimit } from './rate-limit.ts'
import { refuse } from './refuse.ts'
import { targetOf } from './target.ts'
import { type MakeRequest, Visit, type VisitOptions } from './visit.ts'

/** What every answer says to a browser; a page that needs more says so itself. */
const standing = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

export interface DoorOptions extends VisitOptions {
  readonly mounts: Mounts
  /** Answers `/health`, with no questions asked. */
  readonly health: () => Promise<HttpReply>
  readonly authentication: Authentication | undefined
  readonly rateLimit: RateLimit
  readonly isOurHost: (header: string | undefined) => boolean
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

  /**
   * Answers a request, whatever happens.
   * @param url whole or from its path on, as the URL parser writes it
   */
  async pass(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    url: string,
    makeRequest: MakeRequest,
  ): Promise<void> {
    const { log, closing } = this.#options
    const started = performance.now()
    const visit = new Visit(incoming, outgoing, makeRequest, this.#options)
    const { requestId } = visit
    const headers = { ...standing, 'x-request-id': requestId }
    try {
      const answer = await this.#answer(visit, url)
      visit.demandDrained()
      const writing = write(answer, closing() ? { ...headers, connection: 'close' } : headers, outgoing)
      if (writing) await writing
    } catch (thrown) {
      await this.#writeProblem(thrown, visit, headers)
    } finally {
      const ms = Math.round(performance.now() - started)
      log.debug('answered', { requestId, method: incoming.method, status: outgoing.statusCode, ms })
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

  async #answer(visit: Visit, url: string): Promise<Response | HttpReply> {
    const { mounts, health, authentication, rateLimit, isOurHost, bodyLimitBytes } = this.#options
    const { incoming, method, address } = visit
    if (!isOurHost(incoming.headers.host))
      throw refuse('WAQ_HOST_NOT_ALLOWED', 'the name in the Host header is not one of this server')
    const { path, search } = targetOf(url)
    if (path === '/health') return onlyRead(method, health)

    const principal = authentication ? await authentication.authenticate(visit.headers, address) : null
    const own = principal ? authentication?.limitOf?.(principal) : undefined
    const waitMs = rateLimit.take(principal?.id ?? address, performance.now(), own)
    if (waitMs > 0) throw fail('WAQ_RATE_LIMITED', 'too many requests', { retryAfter: waitMs / 1_000 })
    const mount = mounts.find(path)
    if (!mount) throw fail('WAQ_ROUTE_UNKNOWN', 'there is nothing at this path')
    refuseCompressed(incoming)
    const reading = mount.streamed ? undefined : guardBody(incoming, bodyLimitBytes)
    if (reading) await reading
    visit.path = mount.path
    visit.streamed = mount.streamed
    visit.search = search
    visit.principal = principal
    return await mount.handler(visit)
  }

  async #writeProblem(thrown: unknown, visit: Visit, headers: StandingHeaders): Promise<void> {
    const { outgoing, requestId } = visit
    // Nobody is there to read why, and a caller who left is no fault of ours.
    if (outgoing.destroyed) return
    const error = asError(thrown)
    if (error.status >= 500)
      this.#options.log.error(error.message, { requestId, code: error.code, cause: error.cause ?? error })
    // A stream that failed on the way: the connection ends, so that nobody takes the part for the whole.
    if (outgoing.headersSent) {
      outgoing.destroy()
      return
    }
    visit.demandDrained()
    try {
      await write(problemOf(error, requestId), headers, outgoing)
    } catch (untold) {
      // Its details cannot be written, which is a fault of its own; that one has none.
      await this.#writeProblem(untold, visit, headers)
    }
  }
}

function onlyRead(method: string, answer: () => Promise<HttpReply>): Promise<HttpReply> {
  if (method === 'GET' || method === 'HEAD') return answer()
  throw fail('WAQ_METHOD_NOT_ALLOWED', `'${method}' does not fit here`, { details: { allow: 'GET, HEAD' } })
}
