import {
  type CompatibleExecute,
  type CompatibleRequest,
  type CompatibleRoute,
  fail,
  type HttpReply,
  type HttpRequest,
} from '@waqtor/contracts'
import { HttpCall, inputFrom } from '@waqtor/http-input'
import { denied, isWaqtorError, type KernelView, WaqtorError } from '@waqtor/kernel'
import { accountOf } from './account.ts'
import { LargeBodies } from './large-bodies.ts'
import type { RouteList } from './route-list.ts'

export interface DoorOptions {
  readonly kernel: KernelView
  readonly routes: RouteList
  /** The limit of bodies that carry files or long lists. */
  readonly largeBodyBytes: number
}

const noBody = Object.freeze({})

/** Answers the requests of the compatible surface: finds the route, asks the gate, reads the body, runs the route. */
export class CompatibleDoor {
  readonly #options: DoorOptions
  readonly #largeBodies: LargeBodies

  constructor(options: DoorOptions) {
    this.#options = options
    this.#largeBodies = new LargeBodies(options.largeBodyBytes)
  }

  /** @throws WaqtorError whatever was wrong; the server writes it in the manner of this surface */
  async answer(http: HttpRequest): Promise<HttpReply> {
    const { routes, kernel } = this.#options
    const { method } = http
    const match = routes.match(method === 'HEAD' ? 'GET' : method, http.path)
    // Who has not said who they are is not told what there is.
    if (!http.principal) throw new WaqtorError('WAQ_UNAUTHENTICATED', 'a credential is needed')
    if (!match) throw fail('WAQ_ROUTE_UNKNOWN', 'there is no such route')
    if (!('found' in match)) throw this.#notAllowed(http, match.allow)
    const { found: route, params } = match
    await this.#demand(route, http)

    const call = new HttpCall(http)
    const execute: CompatibleExecute = (command, input, key) => {
      const id = typeof command === 'string' ? command : command.id
      return kernel.commands.execute(id, input, key === undefined ? call : new HttpCall(http, key))
    }
    const answer = await route.answer(await this.#read(route, http, params), execute)
    return {
      status: route.status ?? 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ success: true, ...answer }),
    }
  }

  /** @throws WaqtorError WAQ_ROUTE_UNKNOWN where one of its commands is not there, WAQ_RELOADING, WAQ_FORBIDDEN */
  async #demand({ commands }: CompatibleRoute, { principal }: HttpRequest): Promise<void> {
    const { kernel } = this.#options
    for (const id of commands) {
      const command = kernel.commands.get(id)
      if (!command) throw await this.#absent(id)
      const denial = kernel.refusal(command, principal)
      if (denial) throw denied(denial)
    }
  }

  /** Why a command is not there: its plugin is being restarted, or is not part of this system. */
  async #absent(id: string): Promise<Error> {
    const why = await this.#options.kernel.commands.execute(id, undefined).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (isWaqtorError(why) && why.code === 'WAQ_RELOADING') return why
    return fail('WAQ_ROUTE_UNKNOWN', 'there is no such route')
  }

  /** Names the methods of those routes only that are there. */
  #notAllowed({ method, path }: HttpRequest, methods: readonly string[]): Error {
    const { routes, kernel } = this.#options
    const there = methods.filter((it) => {
      const match = routes.match(it, path)
      return match && 'found' in match && match.found.commands.every((id) => kernel.commands.get(id))
    })
    if (there.length === 0) return fail('WAQ_ROUTE_UNKNOWN', 'there is no such route')
    return fail('WAQ_METHOD_NOT_ALLOWED', `'${method}' does not fit here`, { details: { allow: there.join(', ') } })
  }

  async #read(
    route: CompatibleRoute,
    http: HttpRequest,
    params: CompatibleRequest['params'],
  ): Promise<CompatibleRequest> {
    const search = new URLSearchParams(http.search)
    const body = await this.#body(route, http)
    return { http, params, query: Object.fromEntries(search), body, instance: accountOf(search, body) }
  }

  async #body({ method, body = 'json' }: CompatibleRoute, http: HttpRequest): Promise<CompatibleRequest['body']> {
    if (method === 'GET' || body === 'streamed') return noBody
    if (body === 'json') return inputFrom(await http.body(), http)
    return inputFrom(await this.#largeBodies.read(http), http)
  }
}
