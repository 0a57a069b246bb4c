import type { HttpReply, HttpRequest } from '@waqtor/contracts'
import { type CommandToken, type KernelView, WaqtorError } from '@waqtor/kernel'
import type { EventStreams } from './event-streams.ts'
import type { OpenApi } from './openapi.ts'
import { referencePage } from './reference.ts'
import type { OwnRoute, RouteHandler } from './routes.ts'
import { commandHandler } from './run-command.ts'

export interface OwnRoutesOptions {
  readonly kernel: KernelView
  readonly document: OpenApi
  /** Absent where there is no event log. */
  readonly streams: EventStreams | undefined
  readonly publicReference: boolean
}

/** The routes that are no commands. */
export function ownRoutes({ kernel, document, streams, publicReference }: OwnRoutesOptions): readonly OwnRoute[] {
  const page = keptWhile(
    () => document.version,
    () => referencePage(document.document()),
  )
  const whole = keptWhile(
    () => document.version,
    () => json(document.document()),
  )
  return [
    { method: 'POST', path: '/commands/{id}', handler: anyCommand(kernel) },
    {
      method: 'GET',
      path: '/openapi.json',
      async handler(request) {
        const principal = demandCredential(request)
        const everything = principal.permissions.has('*')
        return everything ? whole() : json(document.document(principal))
      },
    },
    {
      method: 'GET',
      path: '/reference',
      async handler(request) {
        if (!publicReference) demandCredential(request)
        return page()
      },
    },
    ...(streams
      ? [{ method: 'GET', path: '/events/stream', handler: (request: HttpRequest) => streams.answer(request) } as const]
      : []),
  ]
}

/** Runs a command by its id, whether it has a route or not. */
function anyCommand(kernel: KernelView): RouteHandler {
  const handlers = new WeakMap<CommandToken, RouteHandler>()
  return async (request, { id = '' }) => {
    const command = kernel.commands.get(id)
    if (!command) {
      demandCredential(request)
      // Knows whether the command comes back soon.
      await kernel.commands.execute(id, undefined)
      throw new WaqtorError('WAQ_COMMAND_UNKNOWN', `there is no command '${id}'`)
    }
    const handler = handlers.get(command) ?? commandHandler(kernel, command, 'body')
    handlers.set(command, handler)
    return handler(request, {})
  }
}

function demandCredential({ principal }: HttpRequest): NonNullable<HttpRequest['principal']> {
  if (principal) return principal
  throw new WaqtorError('WAQ_UNAUTHENTICATED', 'a credential is needed')
}

function json(document: object): HttpReply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) }
}

/** Makes a value once, and anew when the version is another one. */
function keptWhile<T>(version: () => string, make: () => T): () => T {
  let kept: { readonly version: string; readonly value: T } | undefined
  return () => {
    const now = version()
    if (kept?.version !== now) kept = { version: now, value: make() }
    return kept.value
  }
}
