import { fail, type HttpHandler, type HttpReply, type HttpRequest } from '@waqtor/contracts'
import type { Call, CommandToken, KernelView, Logger, z } from '@waqtor/kernel'
import { completeSetup, currentSession, login, logout, setupState } from '@waqtor/plugin-auth/contract'
import { cookiesFor, cookiesGone } from './cookies.ts'
import { jsonBody } from './json-body.ts'
import { cameByHttps, isLoopback } from './way.ts'

export interface DoorOptions {
  readonly kernel: KernelView
  readonly log: Logger
}

type Answer = (request: HttpRequest) => Promise<Response | HttpReply>

const jsonHeaders = { 'content-type': 'application/json' }

/** Answers what lies below `/api/v2/auth`, by the same commands that every other door calls. */
export function createDoor(options: DoorOptions): HttpHandler {
  const routes: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
    '/login': { POST: signingIn(login, options) },
    '/logout': { POST: (request) => signOut(request, options) },
    '/setup': { GET: asking(setupState, options), POST: signingIn(completeSetup, options) },
    '/session': { GET: asking(currentSession, options) },
  }
  return (request) => {
    const { path, method } = request
    const methods = Object.hasOwn(routes, path) ? routes[path]! : undefined
    if (!methods) throw fail('WAQ_ROUTE_UNKNOWN', 'there is no such route')
    const answer = methods[method === 'HEAD' ? 'GET' : method]
    if (answer) return answer(request)
    throw fail('WAQ_METHOD_NOT_ALLOWED', `'${method}' does not fit here`, {
      details: { allow: Object.keys(methods).join(', ') },
    })
  }
}

function asking(command: CommandToken, { kernel }: DoorOptions): Answer {
  return async (request) => {
    const output = await kernel.commands.execute(command, {}, callOf(request))
    return { status: 200, headers: jsonHeaders, body: JSON.stringify(output) }
  }
}

/** A command that begins a session: its token goes into a cookie, and stays out of the reach of scripts. */
function signingIn(command: typeof login | typeof completeSetup, options: DoorOptions): Answer {
  const { kernel, log } = options
  let warned = false
  return async (request) => {
    const { headers, address } = request
    const userAgent = headers.get('user-agent')?.slice(0, 1_000)
    const input = { ...(await jsonBody(request)), userAgent }
    const output = await kernel.commands.execute(command.id, input, callOf(request))
    const { token, ...shown } = output as z.output<typeof login.output>
    const https = cameByHttps(request)
    if (!https && !isLoopback(address) && !warned) {
      warned = true
      log.warn(
        'somebody signed in over plain http from another machine: whoever listens on the way can read the session',
      )
    }
    const seconds = Math.max(0, Math.floor((shown.expiresAt - Date.now()) / 1_000))
    return withCookies(command.http?.status ?? 200, shown, cookiesFor(token!, seconds, { https }))
  }
}

/** Whose session is over already is signed out all the same, and its browser forgets the cookie. */
async function signOut(request: HttpRequest, { kernel }: DoorOptions): Promise<Response> {
  await jsonBody(request)
  if (request.principal?.credential !== undefined) await kernel.commands.execute(logout, {}, callOf(request))
  return withCookies(204, undefined, cookiesGone({ https: cameByHttps(request) }))
}

function withCookies(status: number, output: object | undefined, cookies: readonly string[]): Response {
  const headers = new Headers(output && jsonHeaders)
  for (const it of cookies) headers.append('set-cookie', it)
  return new Response(output ? JSON.stringify(output) : null, { status, headers })
}

function callOf({ requestId, principal, address, signal }: HttpRequest): Partial<Call> {
  return { id: requestId, via: 'rest', principal, address, signal }
}
