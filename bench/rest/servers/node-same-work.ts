/** The least that this work costs on Node: no framework, one route, by hand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { admits, answerHeaders, handleSafely, input, isHarmless, path } from '../work.ts'
import { serving } from './serve.ts'

const server = createServer((request, response) => {
  const { host, 'x-api-key': key } = request.headers
  if (!admits(host, String(key))) return answer(request, response, 401, { error: 'key' })
  if (request.method !== 'POST' || request.url !== path) return answer(request, response, 404, { error: 'route' })
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > 1_000_000) request.destroy()
    chunks.push(chunk)
  })
  request.on('end', async () => {
    const body = JSON.parse(Buffer.concat(chunks).toString())
    const parsed = isHarmless(body) ? input.safeParse(body) : undefined
    if (parsed?.success) answer(request, response, 200, await handleSafely(parsed.data))
    else answer(request, response, 400, { error: 'input' })
  })
})
server.listen(0, '127.0.0.1', () => serving(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))

function answer(request: IncomingMessage, response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value)
  const { 'x-request-id': id } = request.headers
  const headers = answerHeaders(typeof id === 'string' ? id : undefined)
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
