import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Authentication, fail, type HttpReply, type RateLimits, type RawHandler } from '@waqtor/contracts'
import { type Logger, newId } from '@waqtor/kernel'
import { type StandingHeaders, write } from './answer.ts'
import { guardBody, refuseCompressed } from './body.ts'
import type { Mounts, TakenOver } from './mounts.ts'
import type { Origins } from './origins.ts'
import { asError, problemOf } from './problem.ts'
import type { RateLimit } from './rate-limit.ts'
import { refuseRaw } from './raw-refusal.ts'
import { refuse } from './refuse.ts'
import type { RequestCounts } from './request-counts.ts'
import { RequestHeaders } from './request-headers.ts'
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

const tooMany = (retryAfter: number) => fail('WAQ_RATE_LIMITED', 'too many requests', { retryAfter })
/** Made once: to note for each of a flood where it was refused took a tenth of what its refusal costs. */
const tooManyNow = tooMany(1)

export interface DoorOptions extends VisitOptions {
  readonly mounts: Mounts
  /** Answers `/health`, with no questions asked. */
  readonly health: () => Promise<HttpReply>
  readonly authentication: Authentication | undefined
  readonly rateLimit: RateLimit
  readonly isOurHost: (header: string | undefined) => boolean
  readonly origins: Origins
  readonly counts: RequestCounts
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
    const { log, closing, counts } = this.#options
    const started = performance.now()
    counts.began()
    const visit = new Visit(incoming, outgoing, makeRequest, this.#options)
    let taken = false
    const { requestId } = visit
    const headers = {
      ...standing,
      ...this.#options.origins.headersFor(incoming.headers.origin),
      'x-request-id': requestId,
    }
    try {
      const answer = await this.#answer(visit, url)
      if ('raw' in answer) {
        for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value)
        taken = true
        answer.raw.request(incoming, outgoing)
        return
      }
      visit.demandDrained()
      const writing = write(answer, closing() ? { ...headers, connection: 'close' } : headers, outgoing)
      if (writing) await writing
    } catch (thrown) {
      await this.#writeProblem(thrown, visit, headers)
    } finally {
      counts.ended(outgoing.statusCode)
      const ms = Math.round(performance.now() - started)
      const { method } = incoming
      if (!taken) log.debug('answered', { requestId, method, status: outgoing.statusCode, ms })
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

  /** True for an upgrade that somebody waits for; any other is answered as an ordinary request. */
  awaitsUpgrade(incoming: IncomingMessage): boolean {
    if (incoming.headers.upgrade?.toLowerCase() !== 'websocket') return false
    try {
      const found = this.#options.mounts.find(targetOf(incoming.url ?? '').path)
      return found !== undefined && 'raw' in found
    } catch {
      // Who asks for something malformed is told so by an ordinary answer.
      return false
    }
  }

  /** Hands a connection over that is to change its protocol, or refuses it. */
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      this.#rawHandler(incoming).upgrade(incoming, socket, head)
    } catch (thrown) {
      refuseRaw(asError(thrown), socket)
    }
  }

  #rawHandler(incoming: IncomingMessage): RawHandler {
    const { mounts, origins, clientOf } = this.#options
    const { address, https } = clientOf(incoming)
    this.#demandOurHost(incoming)
    origins.demandAllowed({ headers: new RequestHeaders(incoming.rawHeaders), https })
    this.#takeOne(address)
    const found = mounts.find(targetOf(incoming.url ?? '').path)
    if (found && 'raw' in found) return found.raw
    throw fail('WAQ_ROUTE_UNKNOWN', 'there is nothing at this path that speaks another protocol')
  }

  #demandOurHost({ headers }: IncomingMessage): void {
    if (!this.#options.isOurHost(headers.host))
      throw refuse('WAQ_HOST_NOT_ALLOWED', 'the name in the Host header is not one of this server')
  }

  #takeOne(caller: string, own?: RateLimits): void {
    const waitMs = this.#options.rateLimit.take(caller, performance.now(), own)
    if (waitMs > 0) throw waitMs > 1_000 ? tooMany(waitMs / 1_000) : tooManyNow
  }

  async #answer(visit: Visit, url: string): Promise<Response | HttpReply | TakenOver> {
    const { mounts, health, authentication, origins, bodyLimitBytes } = this.#options
    const { incoming, method, address, headers } = visit
    this.#demandOurHost(incoming)
    const { path, search } = targetOf(url)
    if (path === '/health') return onlyRead(method, health)
    const preflight = origins.preflight(visit)
    if (preflight) return preflight
    // Found before anything is refused: an error is written as whoever serves the path writes it.
    const mount = mounts.find(path)
    visit.problem = mount && 'problem' in mount ? mount.problem : undefined
    origins.demand(visit)
    if (mount && 'raw' in mount) {
      origins.demandAllowed(visit)
      this.#takeOne(address)
      return mount
    }

    const principal = authentication ? await authentication.authenticate(headers, address) : null
    this.#takeOne(principal?.id ?? address, (principal && authentication?.limitOf?.(principal)) ?? undefined)
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
      await write(problemOf(error, requestId, visit.problem), headers, outgoing)
    } catch (untold) {
      // Its details cannot be written, which is a fault of its own; that one has none.
      visit.problem = undefined
      await this.#writeProblem(untold, visit, headers)
    }
  }
}

function onlyRead(method: string, answer: () => Promise<HttpReply>): Promise<HttpReply> {
  if (method === 'GET' || method === 'HEAD') return answer()
  throw fail('WAQ_METHOD_NOT_ALLOWED', `'${method}' does not fit here`, { details: { allow: 'GET, HEAD' } })
}
