import type { Duplex } from 'node:stream'
import { newId, type WaqtorError } from '@waqtor/kernel'
import { problemOf } from './problem.ts'

/** Answers by hand where there is no answer object: what is no HTTP, or a request to change the protocol. */
export function refuseRaw(error: WaqtorError, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const requestId = newId('req')
  const { status, headers, body } = problemOf(error, requestId)
  const lines = [`HTTP/1.1 ${status} `, 'connection: close', `x-request-id: ${requestId}`]
  for (const [name, value] of Object.entries(headers ?? {})) lines.push(`${name}: ${value}`)
  lines.push(`content-length: ${Buffer.byteLength(body as string)}`)
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
