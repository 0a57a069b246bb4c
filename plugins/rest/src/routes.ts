import { fail, type HttpReply, type HttpRequest } from '@waqtor/contracts'
import { RouteTable } from '@waqtor/http-input'
import { type CommandToken, type KernelView, type Logger, WaqtorError } from '@waqtor/kernel'

export type Params = Readonly<Record<string, string>>
export type RouteHandler = (request: HttpRequest, params: Params) => Promise<Response | HttpReply>

export interface OwnRoute {
  readonly method: 'GET' | 'POST'
  readonly path: `/${string}`
  readonly handler: RouteHandler
}

/** The routes of all commands at this moment, made anew whenever the registry has changed. */
export class Routes {
  readonly #kernel: KernelView
  readonly #log: Logger
  readonly #own: readonly OwnRoute[]
  readonly #handlerOf: (command: CommandToken) => RouteHandler
  #table = new RouteTable<RouteHandler>()
  #version = -1
  /**
   * Every command that had a route. One whose plugin is being restarted keeps it, so that callers are told to try again
   * instead of being told that there is no such thing; the registry knows which of the two is true.
   */
  readonly #known = new Map<string, CommandToken>()

  constructor(
    kernel: KernelView,
    log: Logger,
    own: readonly OwnRoute[],
    handlerOf: (command: CommandToken) => RouteHandler,
  ) {
    this.#kernel = kernel
    this.#log = log
    this.#own = own
    this.#handlerOf = handlerOf
  }

  /** @throws WaqtorError WAQ_UNAUTHENTICATED · WAQ_ROUTE_UNKNOWN · WAQ_METHOD_NOT_ALLOWED with what is allowed */
  answer(request: HttpRequest): Promise<Response | HttpReply> {
    const { version } = this.#kernel.commands
    if (version !== this.#version) {
      this.#table = this.#build()
      this.#version = version
    }
    const { method } = request
    const match = this.#table.match(method === 'HEAD' ? 'GET' : method, request.path)
    if (match && 'found' in match) return match.found(request, match.params)
    // Who has not said who they are is not told what there is.
    if (!request.principal) throw new WaqtorError('WAQ_UNAUTHENTICATED', 'a credential is needed')
    if (!match) throw fail('WAQ_ROUTE_UNKNOWN', 'there is no such route')
    throw fail('WAQ_METHOD_NOT_ALLOWED', `'${method}' does not fit here`, {
      details: { allow: match.allow.join(', ') },
    })
  }

  #build(): RouteTable<RouteHandler> {
    const table = new RouteTable<RouteHandler>()
    for (const { method, path, handler } of this.#own) table.add(method, path, handler)
    const live = this.#kernel.commands.list()
    for (const command of live) {
      this.#known.delete(command.id)
      if (!command.http) continue
      const { method, path } = command.http
      if (!table.add(method, path, this.#handlerOf(command))) {
        this.#log.warn('a command cannot have its route: it is taken or malformed', {
          command: command.id,
          route: `${method} ${path}`,
          instead: `POST /commands/${command.id}`,
        })
      }
    }
    for (const gone of this.#known.values()) table.add(gone.http!.method, gone.http!.path, this.#handlerOf(gone))
    for (const command of live) if (command.http) this.#known.set(command.id, command)
    return table
  }
}
