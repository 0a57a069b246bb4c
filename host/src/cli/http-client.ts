import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandClient } from '@waqtor/contracts'
import { messageOf, WaqtorError } from '@waqtor/kernel'

export interface HttpClientOptions {
  /** `http://127.0.0.1:8080` */
  readonly address: string
  readonly dataDirectory: string
  readonly signal: AbortSignal
}

/** The commands of the host that runs on a data directory, reached like by any client; its key lies in that directory. */
export function createHttpClient({ address, dataDirectory, signal }: HttpClientOptions): CommandClient {
  const key = readLocalKey(dataDirectory)
  return {
    hasHost: true,
    async execute(command, input, options = {}) {
      const { response, text } = await send(`${address}/api/v2/commands/${encodeURIComponent(command)}`, {
        method: 'POST',
        headers: {
          'x-api-key': key,
          'content-type': 'application/json',
          accept: 'application/json',
          ...(options.idempotencyKey !== undefined && { 'idempotency-key': options.idempotencyKey }),
        },
        body: JSON.stringify(input ?? {}),
        signal: options.signal ? AbortSignal.any([signal, options.signal]) : signal,
      })
      const body: unknown = text === '' ? undefined : parse(text)
      if (response.ok) return body
      throw errorFrom(response.status, body, command)
    },
    async [Symbol.asyncDispose]() {},
  }
}

function readLocalKey(dataDirectory: string): string {
  const path = join(dataDirectory, 'local-key')
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    const message = `the running host has left no key for the command line in '${path}': ${messageOf(cause)}`
    throw new WaqtorError('WAQ_HOST_UNREACHABLE', message, { cause })
  }
}

async function send(url: string, init: RequestInit): Promise<{ readonly response: Response; readonly text: string }> {
  try {
    const response = await fetch(url, init)
    // A host may go, and a person may press Ctrl-C, in the middle of an answer as well.
    return { response, text: await response.text() }
  } catch (cause) {
    if (init.signal?.aborted) throw new WaqtorError('WAQ_ABORTED', 'stopped before the answer came', { cause })
    const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    throw new WaqtorError(
      'WAQ_HOST_UNREACHABLE',
      `the running host does not answer at ${new URL(url).origin}: ${reason}`,
      {
        cause,
      },
    )
  }
}

/** Makes the error again that the host made a problem document (RFC 9457) of. */
function errorFrom(status: number, body: unknown, command: string): WaqtorError {
  const { code, detail, title, ...rest } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >
  if (typeof code !== 'string')
    return new WaqtorError('WAQ_HOST_UNREACHABLE', `the running host answered '${command}' with status ${status}`, {
      status,
    })
  const message = String(detail ?? title ?? code)
  return new WaqtorError(`WAQ_${code.toUpperCase()}`, message, { status, details: rest })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
