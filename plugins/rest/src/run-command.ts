import type { HttpReply, HttpRequest } from '@waqtor/contracts'
import { HttpCall, inputFrom, invalidInput, noParams } from '@waqtor/http-input'
import { type CommandToken, denied, type KernelView } from '@waqtor/kernel'
import { convert, type Fields, fieldsOf, readQuery } from './fields.ts'
import type { Params, RouteHandler } from './routes.ts'

/** Where the input of a command stands in a request to its route. */
export function placeOf({ http }: CommandToken): 'query' | 'body' {
  return http?.method === 'GET' || http?.method === 'DELETE' ? 'query' : 'body'
}

const jsonHeaders = { 'content-type': 'application/json' }

/** The handler that runs one command. The gate comes before the input is read, and again inside of `execute`. */
export function commandHandler(kernel: KernelView, command: CommandToken, place: 'query' | 'body'): RouteHandler {
  // Made at the first request: a start need not pay for what nobody asks.
  let known: Fields | undefined
  const fields = () => {
    known ??= fieldsOf(command.input)
    return known
  }
  return async (http, params) => {
    const denial = kernel.refusal(command, http.principal)
    if (denial) {
      // The registry refuses it as well, and tells whoever listens for refusals.
      const { requestId: id, principal, address } = http
      await kernel.commands.execute(command.id, undefined, { id, via: 'rest', principal, address })
      throw denied(denial)
    }
    const input = inputOf(http, params, place === 'body' ? await http.body() : undefined, fields)
    const output = await kernel.commands.execute(command.id, input, new HttpCall(http))
    return replyWith(command.http?.status ?? 200, output)
  }
}

export function replyWith(status: number, output: unknown): HttpReply {
  if (status === 204 || output === undefined) return { status: 204 }
  return { status, headers: jsonHeaders, body: JSON.stringify(output) }
}

/** Path parameters win over everything; the account may also be named in the query. */
function inputOf(
  http: HttpRequest,
  params: Params,
  body: Uint8Array | undefined,
  fields: () => Fields,
): Record<string, unknown> {
  const input = body ? inputFrom(body, http) : readQuery(http.search, fields())
  if (body && http.search !== '') nameInstance(input, http.search, fields())
  if (params === noParams) return input
  const path = Object.entries(params).map(([name, value]) => [name, convert(name, [value], fields().get(name))])
  return { ...input, ...Object.fromEntries(path) }
}

function nameInstance(input: Record<string, unknown>, search: string, fields: Fields): void {
  if (!fields.has('instance')) return
  const { instance } = readQuery(search, fields)
  if (instance === undefined) return
  if (input.instance !== undefined && input.instance !== instance)
    throw invalidInput('instance', 'the body names another one than the query')
  input.instance = instance
}
