import { request } from 'node:http'
import { messageOf, WaqtorError, z } from '@waqtor/kernel'
import { simulatorErrorCodes } from '../error-codes.ts'

const ASK_TIMEOUT_MS = 10_000
const Problem = z.object({ status: z.int(), code: z.string(), detail: z.string() })

/**
 * One question over HTTP to a simulator that runs as a process of its own.
 * @param body of a POST; a GET without one
 * @throws WaqtorError what the simulator refused, or WAQ_SIMULATOR_UNREACHABLE (503)
 */
export async function ask<T>(address: string, path: string, body?: object): Promise<T> {
  const { status, text } = await exchange(new URL(path, address), body).catch((cause) => {
    throw unreachable(address, messageOf(cause), cause)
  })
  const answer = parse(text)
  if (status === 200 && answer !== undefined) return answer as T
  const problem = Problem.safeParse(answer)
  if (!problem.success) throw unreachable(address, `it answered ${status}`)
  const { code, detail } = problem.data
  throw new WaqtorError(`WAQ_${code.toUpperCase()}`, detail, { status })
}

function exchange(url: URL, body: object | undefined): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { agent: false, method: body ? 'POST' : 'GET', timeout: ASK_TIMEOUT_MS },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('it does not answer')))
    outgoing.on('error', reject)
    outgoing.end(body && JSON.stringify(body))
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreachable(address: string, reason: string, cause?: unknown): WaqtorError {
  const start = `waqtor simulator --listen ${new URL(address).host}`
  const message = `there is no simulator at ${address} (${reason}); start one with: ${start}`
  const { status } = simulatorErrorCodes.WAQ_SIMULATOR_UNREACHABLE
  return new WaqtorError('WAQ_SIMULATOR_UNREACHABLE', message, { status, retryAfter: 2, cause })
}
