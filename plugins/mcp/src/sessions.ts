import { type Authentication, fail, type Http, type HttpReply, type HttpRequest } from '@waqtor/contracts'
import { newId, type Principal, WaqtorError } from '@waqtor/kernel'
import type * as Sdk from './mcp-server.ts'
import { isInitialize, type Message, readMessage } from './message.ts'
import { refuse } from './refuse.ts'
import { Session } from './session.ts'
import type { Toolbox } from './toolbox.ts'

const BEAT_MS = 15_000
const MOST_PER_KEY = 32

export interface SessionsOptions {
  readonly toolbox: Toolbox
  readonly authentication: Authentication
  /** Which pages may use the server, for requests that only read as well: what they read is messages. */
  readonly isAllowedOrigin: Http['isAllowedOrigin']
  /** A session without a stream that is not used for so long is forgotten. */
  readonly idleMs: number
  /** Loads the SDK; only when the first client comes. */
  readonly load: () => Promise<typeof Sdk>
  /** As `performance.now()`. */
  readonly now?: () => number
}

/**
 * `/mcp`: the streamable HTTP of the Model Context Protocol. Each request brings its credential and may do what that one may
 * do now; a session is the client's place to be told of changes, and belongs to one credential. A request without a
 * session is answered all the same.
 */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #now: () => number
  /** By id, the longest unused first. */
  readonly #open = new Map<string, Session>()
  #version: number
  #timer: NodeJS.Timeout | undefined

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#version = options.toolbox.version
  }

  get size(): number {
    return this.#open.size
  }

  async answer(http: HttpRequest): Promise<Response | HttpReply> {
    const { headers, principal, method, path } = http
    if (!this.#options.isAllowedOrigin(http))
      throw refuse('WAQ_MCP_ORIGIN_REFUSED', `pages of '${headers.get('origin')}' may not use this server`)
    if (!principal) throw new WaqtorError('WAQ_UNAUTHENTICATED', 'a credential is needed')
    if (path !== '/') throw fail('WAQ_ROUTE_UNKNOWN', 'there is nothing at this path')
    if (!['POST', 'GET', 'DELETE'].includes(method))
      throw fail('WAQ_METHOD_NOT_ALLOWED', `'${method}' does not fit here`, { details: { allow: 'GET, POST, DELETE' } })

    const message = method === 'POST' ? readMessage(await http.body()) : undefined
    const id = headers.get('mcp-session-id')
    if (id !== null) return this.#continue(id, http, principal, message)
    if (!message)
      throw new WaqtorError('WAQ_INPUT_INVALID', `a ${method} belongs to a session: send its Mcp-Session-Id`)
    return isInitialize(message) ? this.#begin(http, principal, message) : this.#once(http, principal, message)
  }

  /** Ends the sessions of a credential that holds no more. */
  async revoke(principalId: string, credential?: string): Promise<void> {
    for (const [id, { owner }] of this.#open)
      if (owner.id === principalId && (credential === undefined || owner.credential === credential)) await this.#end(id)
  }

  /** Tells all clients, or those of one principal, that their list of tools may be another one. */
  tellChange(principalId: string | null = null): void {
    if (principalId === null) this.#version = this.#options.toolbox.version
    for (const session of this.#open.values())
      if (principalId === null || session.owner.id === principalId) session.tellChange()
  }

  /** What has to be looked after now and then: keys that came to their end, clients that are gone, other tools. */
  async beat(): Promise<void> {
    const { authentication, idleMs, toolbox } = this.#options
    for (const [id, { stream, owner, usedAt }] of this.#open) {
      if (stream) {
        const present = await authentication.authenticate(stream.headers, stream.address).catch(() => null)
        if (present?.id !== owner.id || present.credential !== owner.credential) await this.#end(id)
      } else if (this.#now() - usedAt > idleMs) await this.#end(id)
    }
    if (this.#version !== toolbox.version) this.tellChange()
  }

  /** Lets go of what has no end of its own; calls under way are finished. */
  quiesce(): void {
    for (const session of this.#open.values()) session.closeStream()
  }

  async close(): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.#end(id)
  }

  async #begin(http: HttpRequest, owner: Principal, message: Message): Promise<Response> {
    const { load, toolbox } = this.#options
    const id = newId('mcp')
    const session = await Session.open(await load(), toolbox, owner, this.#now(), id)
    const response = await session.answer(http, message)
    if (!response.headers.has('mcp-session-id')) {
      await session.close()
      return response
    }
    // Clients that crashed never say that they are gone: the longest unused of a key makes room.
    const own = [...this.#open].filter(([, it]) => it.owner.id === owner.id)
    for (const [oldest] of own.slice(0, Math.max(0, own.length - MOST_PER_KEY + 1))) await this.#end(oldest)
    this.#open.set(id, session)
    this.#timer ??= setInterval(() => void this.beat(), BEAT_MS).unref()
    return response
  }

  async #continue(
    id: string,
    http: HttpRequest,
    { id: caller, credential }: Principal,
    message: Message | undefined,
  ): Promise<Response> {
    const session = this.#open.get(id)
    // Somebody else's session is told from none by nobody.
    if (!session || session.owner.id !== caller || session.owner.credential !== credential)
      throw refuse('WAQ_MCP_SESSION_UNKNOWN', 'there is no such session')
    session.usedAt = this.#now()
    this.#open.delete(id)
    this.#open.set(id, session)
    if (http.method !== 'DELETE') return session.answer(http, message)
    await this.#end(id)
    return new Response(null, { status: 204 })
  }

  async #once(http: HttpRequest, owner: Principal, message: Message): Promise<Response> {
    const { load, toolbox } = this.#options
    const session = await Session.open(await load(), toolbox, owner, this.#now())
    try {
      return await session.answer(http, message)
    } finally {
      await session.close()
    }
  }

  async #end(id: string): Promise<void> {
    const session = this.#open.get(id)
    this.#open.delete(id)
    if (this.#open.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    await session?.close()
  }
}
