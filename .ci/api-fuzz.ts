/** Hostile requests made from an OpenAPI document, and what every answer must be like. */
import fc from 'fast-check'
import { type FuzzRequest, nonsense, requestTo } from './api-fuzz-requests.ts'
import { type Operation, operationsOf, promised } from './openapi-request.ts'

export interface Target {
  readonly address: string
  readonly key: string
}

export interface FuzzOptions {
  readonly seed: number
  readonly requests: number
  /** How many at once. */
  readonly lanes: number
  /** Told now and then how many were sent. */
  readonly progress?: (sent: number) => void
}

export interface FuzzOutcome {
  readonly sent: number
  /** Requests that were sent once more, because the connection was closed. */
  readonly resent: number
  readonly byStatus: Readonly<Record<string, number>>
  /** Operations that answered as they do when all is well, at least once. */
  readonly reached: number
  readonly operations: number
  /** Answers that must not be, with the request that got them. */
  readonly wrong: readonly string[]
}

/** Left out: they make the network misbehave, or stop what the others need, as they are meant to. */
const leftOut = /^(simulator\.control|instances\.(stop|logout|restart|delete)|rest\.streamEvents)$/
/** So costly that one of a hundred is enough: each copies every database, or makes a new one that stays open. */
const costly = /^(system\.backup|instances\.create$)/
/** So many are made before they are sent. */
const BATCH = 2_000
const leaks =
  /SELECT |INSERT |SQLITE|\/home\/|\/tmp\/|\/work\/|node_modules|\.ts:|\bat \w+ \(|waq_[0-9A-Z]{26}_[0-9a-f]{64}/

/** Sends requests until there were enough. The same seed sends the same ones, in the order of their making. */
export async function fuzz(target: Target, { seed, requests, lanes, progress }: FuzzOptions): Promise<FuzzOutcome> {
  const document = await (await send(target, { method: 'GET', path: '/openapi.json', headers: {} })).json()
  const operations = operationsOf(document).filter((it) => !leftOut.test(it.id))
  const arbitrary = fc.oneof(
    ...operations.map((it) => ({ weight: costly.test(it.id) ? 1 : 100, arbitrary: requestTo(it, document) })),
    { weight: 300, arbitrary: nonsense },
  )
  const byStatus: Record<string, number> = {}
  const reached = new Set<string>()
  const wrong: string[] = []
  const checks = new Map<string, ReturnType<typeof promised>>()
  let sent = 0
  let resent = 0
  // A server may close a kept connection at the very moment when it is used again. What is wrong stays wrong.
  const ask = async (request: FuzzRequest): Promise<{ response: Response; text: string } | string> => {
    for (let repeated = false; ; repeated = true) {
      try {
        const response = await send(target, request)
        return { response, text: await response.text() }
      } catch (error) {
        if (repeated) return String((error as Error).cause ?? error)
        resent++
      }
    }
  }
  const one = async (request: FuzzRequest) => {
    const answered = await ask(request)
    if (typeof answered === 'string') {
      wrong.push(`${request.method} ${request.path}: no answer, twice: ${answered}`)
      return
    }
    const { response, text } = answered
    const { status } = response
    byStatus[status] = (byStatus[status] ?? 0) + 1
    if (++sent % 1_000 === 0) progress?.(sent)
    const problem = faultIn(response, text, request, (operation) => {
      const known = checks.get(`${operation.id} ${status}`) ?? promised(operation, status, document)
      checks.set(`${operation.id} ${status}`, known)
      return known
    })
    if (status < 400 && request.operation) reached.add(request.operation.id)
    if (problem !== undefined && wrong.length < 100)
      wrong.push(`${request.method} ${request.path} ${JSON.stringify(request.body)?.slice(0, 500)}: ${problem}`)
  }
  for (let done = 0; done < requests; done += BATCH) {
    const numRuns = Math.min(BATCH, requests - done)
    const queue = fc.sample(arbitrary, { seed: seed * 1_000 + done / BATCH, numRuns })[Symbol.iterator]()
    const lane = async () => {
      for (let it = queue.next(); !it.done; it = queue.next()) await one(it.value)
    }
    await Promise.all(Array.from({ length: lanes }, lane))
  }
  return { sent, resent, byStatus, reached: reached.size, operations: operations.length, wrong }
}

function faultIn(
  { status, headers, url }: Response,
  text: string,
  { method, operation }: FuzzRequest,
  promisedBy: (operation: Operation) => ReturnType<typeof promised>,
): string | undefined {
  if (status >= 500) return `status ${status}: ${text.slice(0, 500)}`
  const leaked = leaks.exec(status >= 400 ? text : '')
  if (leaked) return `tells '${leaked[0]}': ${text.slice(0, 500)}`
  const type = headers.get('content-type') ?? ''
  if (status >= 400) {
    if (method === 'HEAD') return undefined
    // A path with `..` leads to the compatible surface, which has errors of its own.
    const isElsewhere = !new URL(url).pathname.startsWith('/api/v2')
    if (type !== 'application/problem+json' && !(isElsewhere && type === 'application/json'))
      return `status ${status} with ${type}`
  }
  if (!operation) return undefined
  const good = Object.keys(operation.spec.responses).filter((it) => it !== 'default')
  if (status < 400 && !good.includes(String(status))) return `status ${status}, which is not documented`
  const { schema } = promisedBy(operation)
  const error = schema?.safeParse(JSON.parse(text || 'null')).error
  return error && `an answer that its schema refuses: ${error.message} ${text.slice(0, 500)}`
}

function send({ address, key }: Target, { method, path, headers, body }: FuzzRequest): Promise<Response> {
  const bodyless = body === undefined || method === 'GET' || method === 'HEAD'
  return fetch(`${address}/api/v2${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(!bodyless && { 'Content-Type': 'application/json' }), ...headers, 'X-API-Key': key },
    ...(!bodyless && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}
