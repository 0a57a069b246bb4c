import type { HttpRequest } from '@waqtor/contracts'
import { type Principal, WaqtorError } from '@waqtor/kernel'
import type * as Sdk from './mcp-server.ts'
import type { Message } from './message.ts'
import type { Toolbox, ToolCaller } from './toolbox.ts'

type HttpTransport = InstanceType<typeof Sdk.HttpTransport>

const gone = new WaqtorError('WAQ_UNAUTHENTICATED', 'the credential is good no more, or the session was ended')

/** Headers that the SDK looks at. */
const asked = ['accept', 'content-type', 'mcp-session-id', 'mcp-protocol-version', 'last-event-id']

/** The tools as one client sees them. Who calls is told with each message. */
function toolsFor(toolbox: Toolbox, changing: boolean): Sdk.Tools {
  return {
    changing,
    list: async ({ caller }) => toolbox.list((caller as ToolCaller).principal),
    call(name, args, signal, extra) {
      const caller = extra.caller as ToolCaller
      return toolbox.call(name, args, { ...caller, signal: AbortSignal.any([signal, caller.signal!]) })
    },
  }
}

/** A client with its MCP server: for one request, or from `initialize` to its end. */
export class Session {
  readonly owner: Principal
  /** The request that holds the stream of notices open, if the client has one. */
  stream: HttpRequest | undefined
  /** When it was last used, as `performance.now()` tells it. */
  usedAt: number
  readonly #server: Sdk.Server
  readonly #transport: HttpTransport
  readonly #ended = Promise.withResolvers<never>()

  private constructor(owner: Principal, usedAt: number, server: Sdk.Server, transport: HttpTransport) {
    this.owner = owner
    this.usedAt = usedAt
    this.#server = server
    this.#transport = transport
    this.#ended.promise.catch(() => {})
  }

  /** @param id the session's; none for a single request */
  static async open(sdk: typeof Sdk, toolbox: Toolbox, owner: Principal, now: number, id?: string): Promise<Session> {
    const server = sdk.createMcpServer(toolsFor(toolbox, id !== undefined))
    const transport = new sdk.HttpTransport({
      enableJsonResponse: true,
      ...(id !== undefined && { sessionIdGenerator: () => id }),
    })
    const session = new Session(owner, now, server, transport)
    await server.connect(transport as Parameters<typeof server.connect>[0])
    server.onclose = () => session.#ended.reject(gone)
    return session
  }

  /** Answers a request. A call whose caller goes away is given up. */
  async answer(http: HttpRequest, message: Message | undefined): Promise<Response> {
    const { principal, requestId, address, signal, method } = http
    const caller: ToolCaller = { principal: principal!, id: requestId, address, signal }
    const headers = new Headers()
    for (const name of asked) {
      const value = http.headers.get(name)
      if (value !== null) headers.set(name, value)
    }
    const answering = this.#transport.handleRequest(new Request('http://localhost/mcp', { method, headers }), {
      ...(message && { parsedBody: message }),
      authInfo: { token: '', clientId: principal!.id, scopes: [], extra: { caller } },
    })
    const response = await Promise.race([answering, this.#ended.promise])
    if (method === 'GET' && response.ok) this.#follow(http)
    return response
  }

  /** Tells the client that its list of tools is another one now. */
  tellChange(): void {
    if (this.stream) this.#server.sendToolListChanged().catch(() => {})
  }

  /** Ends the stream of notices, so that the server need not wait for it; calls under way go on. */
  closeStream(): void {
    this.#transport.closeStandaloneSSEStream()
  }

  /** Ends it all; a call under way is given up. */
  async close(): Promise<void> {
    await this.#server.close()
  }

  #follow(http: HttpRequest): void {
    this.stream = http
    const left = () => {
      if (this.stream === http) this.stream = undefined
    }
    if (http.signal.aborted) left()
    else http.signal.addEventListener('abort', left, { once: true })
  }
}
