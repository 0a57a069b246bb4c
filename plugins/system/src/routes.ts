import { fail, type HttpHandler, type HttpReply } from '@waqtor/contracts'
import { denied, type Guarded, type KernelView } from '@waqtor/kernel'
import type { Readiness } from './readiness.ts'

const contentType = 'text/plain; version=0.0.4; charset=utf-8'
const metrics: Guarded = { id: 'system.metrics', permission: 'system:read', scope: 'host' }

/** `GET /ready`: 200, or 503 with which part is not well. */
export function readyRoute(readiness: () => Readiness): HttpHandler {
  return onlyRead(() => {
    const it = readiness()
    return {
      status: it.ready ? 200 : 503,
      headers: { 'content-type': 'application/json', ...(!it.ready && { 'retry-after': '1' }) },
      body: JSON.stringify(it),
    }
  })
}

/** `GET /metrics`, for a key with `system:read` that reaches every account: the numbers tell of all of them. */
export function metricsRoute(kernel: KernelView, text: () => Promise<string>): HttpHandler {
  return onlyRead(async ({ principal, address, signal }) => {
    const denial = await kernel.authorize(metrics, { principal, address, signal, via: 'rest' }, null)
    if (denial) throw denied(denial)
    if (principal?.instances !== 'all') {
      const reason = 'the metrics tell of every account: they need a key that reaches all of them'
      throw denied({ status: 403, code: 'forbidden', reason })
    }
    return { status: 200, headers: { 'content-type': contentType }, body: await text() }
  })
}

/** One page and nothing below it, to be read. */
function onlyRead(answer: (...args: Parameters<HttpHandler>) => HttpReply | Promise<HttpReply>): HttpHandler {
  return (request) => {
    if (request.path !== '/') throw fail('WAQ_ROUTE_UNKNOWN', 'there is nothing at this path')
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw fail('WAQ_METHOD_NOT_ALLOWED', `'${request.method}' does not fit here`, { details: { allow: 'GET, HEAD' } })
    return answer(request)
  }
}
